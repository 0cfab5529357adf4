//! What can be wrong with a policy, each with the code that the documentation lists and tests assert on.

use miette::Diagnostic;
use thiserror::Error;

use super::unit::TestProblem;
use crate::model::DnError;

/// One thing that is wrong. It never holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub(super) enum Problem {
    #[error("the policy has {bytes} bytes, more than the {most} that are read")]
    #[diagnostic(
        code(policy::too_large),
        help("move users into groups instead of naming each in the policy")
    )]
    TooLarge { bytes: usize, most: usize },

    #[error("{what} are nested more than {most} deep")]
    #[diagnostic(code(policy::too_deep), help("a policy needs four levels; is a closing one missing?"))]
    TooDeep { what: &'static str, most: usize },

    #[error("a text in quotes goes on over several lines")]
    #[diagnostic(
        code(policy::multi_line_string),
        help("no value of a policy needs that: write it in one line, in single quotation marks")
    )]
    MultilineString,

    #[error("not KDL: {message}")]
    #[diagnostic(code(policy::syntax))]
    Syntax {
        message: String,
        #[help]
        help: Option<String>,
    },

    #[error("`{name}` is no part of {parent}")]
    #[diagnostic(code(policy::unknown_node))]
    UnknownNode {
        name: String,
        parent: String,
        #[help]
        help: String,
    },

    #[error("`{node}` has no property `{name}`")]
    #[diagnostic(code(policy::unknown_property))]
    UnknownProperty {
        name: String,
        node: &'static str,
        #[help]
        help: String,
    },

    #[error("{name} is here twice")]
    #[diagnostic(code(policy::duplicate_node), help("keep one of the two"))]
    DuplicateNode { name: String },

    #[error("two shared parts have {name}")]
    #[diagnostic(
        code(policy::shared_twice),
        help("keep one of the two, or write it into the policy, whose own counts before both")
    )]
    SharedTwice { name: String },

    #[error("`shared` is no policy: it holds parts of policies")]
    #[diagnostic(
        code(policy::shared_part),
        help(
            "it stands alone in a file that policies name, as in include \"common.kdl\"; give the policies, with which it \
             is checked too"
        )
    )]
    SharedPart,

    #[error("a policy cannot be included")]
    #[diagnostic(
        code(policy::policy_included),
        help("what several policies share stands in a file of its own, in one node: shared {{ … }}")
    )]
    PolicyIncluded,

    #[error("a shared part includes no other")]
    #[diagnostic(
        code(policy::nested_include),
        help("name both in the policy, with a line `include` for each")
    )]
    NestedInclude,

    #[error("{path} could not be read: {why}")]
    #[diagnostic(
        code(policy::unreadable_include),
        help("check the path, which is relative to the policy file, and its permissions")
    )]
    UnreadableInclude { path: String, why: String },

    #[error("this is a file that is included already")]
    #[diagnostic(code(policy::same_include), help("keep one of the two"))]
    SameInclude,

    #[error("`{node}` has the property `{name}` twice")]
    #[diagnostic(code(policy::duplicate_property), help("keep one of the two; the form is: {form}"))]
    DuplicateProperty { name: String, node: &'static str, form: &'static str },

    #[error("{parent} needs `{name}`")]
    #[diagnostic(code(policy::missing_node), help("add a line like: {form}"))]
    MissingNode { name: &'static str, parent: String, form: &'static str },

    #[error("`{node}` needs its property `{name}`")]
    #[diagnostic(code(policy::missing_property), help("the form is: {form}"))]
    MissingProperty { name: &'static str, node: &'static str, form: &'static str },

    #[error("`new-users` says nothing")]
    #[diagnostic(
        code(policy::missing_property),
        help("a state, a welcome mail or both: new-users state=\"activated\" welcome-email=#true")
    )]
    EmptyNewUsers,

    #[error("`{node}` needs {wanted}")]
    #[diagnostic(code(policy::missing_argument), help("the form is: {form}"))]
    MissingArgument { node: &'static str, wanted: &'static str, form: &'static str },

    #[error("`{node}` takes {wanted}")]
    #[diagnostic(code(policy::unexpected_argument))]
    UnexpectedArgument {
        node: &'static str,
        wanted: &'static str,
        #[help]
        help: String,
    },

    #[error("`{node}` needs a block of nodes in braces")]
    #[diagnostic(code(policy::missing_block), help("the form is: {form}"))]
    MissingBlock { node: &'static str, form: &'static str },

    #[error("`{node}` takes no block in braces")]
    #[diagnostic(code(policy::unexpected_block), help("the form is: {form}"))]
    UnexpectedBlock { node: &'static str, form: &'static str },

    #[error("{what} must be {expected}, not {found}")]
    #[diagnostic(code(policy::wrong_type), help("the form is: {form}"))]
    WrongType { what: String, expected: &'static str, found: &'static str, form: &'static str },

    #[error("the type annotation of {what} means nothing here")]
    #[diagnostic(
        code(policy::unexpected_annotation),
        help(
            "only secrets and variables are typed values, and variables are texts; leave the annotation out"
        )
    )]
    UnexpectedAnnotation { what: String },

    #[error("{what} is empty")]
    #[diagnostic(code(policy::empty_value), help("the form is: {form}"))]
    EmptyValue { what: String, form: &'static str },

    #[error("{what} has a control character or a white-space escape in it")]
    #[diagnostic(
        code(policy::stray_escape),
        help("a backslash in quotes begins an escape: double it, or write a raw string: #\"CORP\\jc\"#")
    )]
    StrayEscape { what: String },

    #[error("{what} cannot be `{value}`")]
    #[diagnostic(code(policy::unknown_value))]
    UnknownValue {
        what: &'static str,
        value: String,
        #[help]
        help: String,
    },

    #[error("{what} must be a whole number from {least} to {most}")]
    #[diagnostic(code(policy::out_of_range), help("the form is: {form}"))]
    OutOfRange { what: String, least: u64, most: u64, form: &'static str },

    #[error("{what} is no duration {bounds}")]
    #[diagnostic(
        code(policy::invalid_duration),
        help("a whole number and a unit, one of s m h d w, without a space: \"{example}\"")
    )]
    InvalidDuration { what: &'static str, bounds: &'static str, example: &'static str },

    #[error("the rate is no number of requests from 1 to {most} in a second or a minute")]
    #[diagnostic(
        code(policy::invalid_rate),
        help("a number, a slash and s or m: rate \"20/s\" or rate \"600/m\"")
    )]
    InvalidRate { most: u32 },

    #[error("the policy's name {problem}")]
    #[diagnostic(
        code(policy::invalid_name),
        help(
            "it stands in the marks of all that the policy owns: choose 1 to 64 characters such as \"corp\""
        )
    )]
    InvalidName { problem: &'static str },

    #[error("{what} {problem}")]
    #[diagnostic(code(policy::invalid_url))]
    InvalidUrl {
        what: &'static str,
        problem: &'static str,
        #[help]
        help: String,
        #[source]
        source: Option<url::ParseError>,
    },

    #[error("port {port} is the global catalog, which has a part of the attributes only")]
    #[diagnostic(
        code(policy::global_catalog),
        help("leave the port out: ldaps:// uses 636, ldap:// uses 389")
    )]
    GlobalCatalog { port: u16 },

    #[error("the server {server} is in the list twice")]
    #[diagnostic(code(policy::duplicate_server), help("each is tried once: keep one of the two"))]
    DuplicateServer { server: String },

    #[error("`allow-insecure` has no server to allow it for: all of them are ldaps://")]
    #[diagnostic(
        code(policy::nothing_insecure),
        help("leave it out; it lets servers with ldap:// do without TLS, and changes nothing for ldaps://")
    )]
    NothingInsecure,

    #[error("a keytab needs the account as a Kerberos principal")]
    #[diagnostic(
        code(policy::no_principal),
        help("write the name and the realm that the keytab has: \"jcimport@CORP.EXAMPLE.COM\"")
    )]
    NoPrincipal,

    #[error("{what} cannot be read as a DN")]
    #[diagnostic(code(policy::invalid_dn), help("a DN looks like \"OU=Staff,DC=example,DC=com\""))]
    InvalidDn { what: &'static str, source: DnError },

    #[error("{what} does not name a DNS domain")]
    #[diagnostic(
        code(policy::invalid_domain),
        help("write it as DC parts only: \"DC=corp,DC=example,DC=com\"")
    )]
    InvalidDomain { what: &'static str },

    #[error("the root container has no DC parts that name its domain")]
    #[diagnostic(code(policy::no_domain), help("write its full DN, such as \"OU=Staff,DC=example,DC=com\""))]
    NoDomain,

    #[error("the root container lies in {actual}, not in this domain")]
    #[diagnostic(
        code(policy::outside_domain),
        help(
            "a policy reads one domain: leave `domain` out, or let it be the DC parts of the root container"
        )
    )]
    OutsideDomain { actual: String },

    #[error("{what} lies outside of the root container")]
    #[diagnostic(
        code(policy::outside_root_container),
        help(
            "only what lies in the root container is read: move the group or choose a root container above it"
        )
    )]
    OutsideRootContainer { what: &'static str },

    #[error("`{name}` is no name of an AD attribute")]
    #[diagnostic(
        code(policy::invalid_attribute),
        help(
            "a letter, then letters, digits and hyphens, such as \"department\" or \"extensionAttribute1\""
        )
    )]
    InvalidAttribute { name: String },

    #[error("`{name}` holds a secret, which is never read")]
    #[diagnostic(code(policy::secret_attribute), help("choose another attribute"))]
    SecretAttribute { name: String },

    #[error("`{name}` is no name of a custom attribute")]
    #[diagnostic(code(policy::invalid_custom_name), help("1 to 31 letters and digits, such as \"costCode\""))]
    InvalidCustomName { name: String },

    #[error("the custom attribute `{name}` carries the mark of owned users")]
    #[diagnostic(code(policy::reserved_name), help("choose another name"))]
    ReservedName { name: String },

    #[error("the organization is not 24 hexadecimal digits")]
    #[diagnostic(
        code(policy::invalid_organization),
        help(
            "the JumpCloud console shows the id in the settings of the organization: \"5f1b881d9b3a4d2b3c4d5e6f\""
        )
    )]
    InvalidOrganization,

    #[error("`{node}` cannot stand beside `{other}`")]
    #[diagnostic(code(policy::conflict), help("keep one of the two"))]
    Conflict { node: &'static str, other: &'static str },

    #[error("{what} is a secret and must not stand in the policy")]
    #[diagnostic(
        code(policy::literal_secret),
        help(
            "say where it is to be had: (env)\"NAME\" for an environment variable, (file)\"path\" for a file, \
             (command)\"pass show ad\" for what a command prints; and change it if this file was ever shared"
        )
    )]
    LiteralSecret { what: String },

    #[error("{what} is a secret, and a variable holds none")]
    #[diagnostic(
        code(policy::variable_secret),
        help(
            "a command line is for everybody to see; say where the secret is to be had: (env)\"NAME\", (file)\"path\" \
             or (command)\"pass show ad\""
        )
    )]
    VariableSecret { what: String },

    #[error("no variable `{name}` is declared")]
    #[diagnostic(code(policy::undeclared_variable))]
    UndeclaredVariable {
        name: String,
        #[help]
        help: String,
    },

    #[error("the variable `{name}` has no value")]
    #[diagnostic(code(policy::unset_variable))]
    UnsetVariable {
        name: String,
        #[help]
        help: String,
    },

    #[error("the variable `{name}` is used nowhere")]
    #[diagnostic(
        code(policy::unused_variable),
        help("use it in the place of a text, as (var)\"{name}\", or leave it out")
    )]
    UnusedVariable { name: String },

    #[error("{what} cannot be `{name}`")]
    #[diagnostic(
        code(policy::invalid_variable),
        help(
            "a letter, then letters, digits, hyphens and underscores, at most 64: variable \"ou\" env=\"POLICY_OU\""
        )
    )]
    InvalidVariable { what: &'static str, name: String },

    #[error("{what} has a form that secrets do not have")]
    #[diagnostic(
        code(policy::unknown_secret_form),
        help("the forms are (env)\"NAME\", (file)\"path\" and (command)\"pass show ad\"")
    )]
    UnknownSecretForm { what: String },

    #[error("nothing is mapped to `{field}`, which every user needs")]
    #[diagnostic(code(policy::missing_mapping), help("add a line like: {form}"))]
    MissingMapping { field: &'static str, form: &'static str },

    #[error("this exclusion has no condition and would take everybody out")]
    #[diagnostic(code(policy::no_condition), help("the form is: {form}"))]
    NoCondition { form: &'static str },

    #[error("`{name}` names no AD attribute")]
    #[diagnostic(
        code(policy::missing_source),
        help(
            "name one or more, of which the first that has a value gives it, as in: email \"mail\" \
             \"userPrincipalName\"; or write template=\"{{givenName}} {{sn}}\", or value=\"the same for everybody\""
        )
    )]
    NoSources { name: String },

    #[error("`address` maps no part")]
    #[diagnostic(
        code(policy::missing_property),
        help("name the AD attribute of each part: address \"work\" street=\"streetAddress\" locality=\"l\"")
    )]
    EmptyAddress,

    #[error("the value of `{node}` cannot be the same for everybody")]
    #[diagnostic(
        code(policy::constant_name),
        help("each user needs one of its own: name an AD attribute, or write a template")
    )]
    ConstantName { node: String },

    #[error("in the template {problem}")]
    #[diagnostic(
        code(policy::template_brace),
        help("an AD attribute stands between {{ and }}; a brace itself is written twice: {brace}")
    )]
    TemplateBrace { problem: &'static str, brace: &'static str },

    #[error("a placeholder of the template names no AD attribute")]
    #[diagnostic(code(policy::empty_placeholder), help("name one between the braces: {{givenName}}"))]
    EmptyPlaceholder,

    #[error("the template names no AD attribute")]
    #[diagnostic(
        code(policy::no_placeholder),
        help("write one between braces, {{givenName}}, or value=\"…\" for what is the same for everybody")
    )]
    NoPlaceholder,

    #[error("`{name}` is no filter of templates")]
    #[diagnostic(code(policy::unknown_filter))]
    UnknownFilter {
        name: String,
        #[help]
        help: String,
    },

    #[error("the filter `{name}` has not the arguments that it takes")]
    #[diagnostic(code(policy::filter_arguments), help("the form is: {{attribute|{form}}}"))]
    FilterArguments { name: String, form: &'static str },

    #[error("`{name}` sets no limit")]
    #[diagnostic(code(policy::missing_limit), help("a number, a percentage or both: {form}"))]
    MissingLimit { name: String, form: &'static str },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Tests(#[from] TestProblem),

    #[error("the pattern has more than {most} characters")]
    #[diagnostic(code(policy::long_pattern), help("write several shorter ones"))]
    LongPattern { most: usize },
}

impl Problem {
    /// The word at the underlined place.
    pub(super) fn label(&self) -> Option<&'static str> {
        if matches!(
            self,
            Self::UnknownNode { .. }
                | Self::UnknownProperty { .. }
                | Self::UnknownFilter { .. }
                | Self::Tests(TestProblem::UnknownField { .. } | TestProblem::UnknownMember { .. })
        ) {
            Some("unknown")
        } else if matches!(
            self,
            Self::DuplicateNode { .. }
                | Self::SharedTwice { .. }
                | Self::SameInclude
                | Self::DuplicateProperty { .. }
                | Self::DuplicateServer { .. }
        ) {
            Some("again")
        } else if matches!(self, Self::MissingNode { .. } | Self::MissingMapping { .. }) {
            Some("in this block")
        } else if matches!(self, Self::LiteralSecret { .. }) {
            Some("a secret, written out")
        } else {
            None
        }
    }
}
