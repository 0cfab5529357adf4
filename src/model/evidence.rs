//! Why a read of the directory counts as whole.

/// What a read of Active Directory saw, kept beside the result so that a plan can state it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Every search, in the order in which they ended.
    pub searches: Vec<Search>,
    /// Ranged attributes that were read to the piece marked `*`.
    pub ranges_closed: u64,
    /// Continuation references that were noted and not followed.
    pub references: Vec<String>,
    /// Whether the source proves that nothing is missing at its end.
    pub end: EndOfRead,
}

/// One search that ended with success and an empty cookie.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Search {
    /// What was looked for, in a few words: `users`, `groups`.
    pub name: String,
    /// Pages answered.
    pub pages: u32,
    /// Entries answered.
    pub entries: u64,
}

/// Whether the end of the source is known to be its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EndOfRead {
    /// LDAP said so for each search, or an LDIF trailer matched.
    #[default]
    Proven,
    /// An LDIF file without a `# numEntries:` trailer: nothing tells a whole file from a shortened one.
    NotProven,
}
