//! What a grammar is made of.

/// What may be written for one node.
#[derive(Debug)]
pub(in crate::policy) struct Rule {
    /// Its name.
    pub(in crate::policy) name: &'static str,
    /// How it is written, for the messages.
    pub(in crate::policy) form: &'static str,
    /// What it says, for whoever writes one.
    pub(in crate::policy) doc: &'static str,
    /// Its arguments.
    pub(in crate::policy) arguments: Arguments,
    /// Its properties.
    pub(in crate::policy) properties: Vec<PropertyRule>,
    /// What the values of other properties are, if it may have any.
    pub(in crate::policy) others: Option<Kind>,
    /// Its block.
    pub(in crate::policy) block: Block,
    /// Whether its parent must have it.
    pub(in crate::policy) is_required: bool,
    /// How often its parent may have it.
    pub(in crate::policy) repeats: Repeats,
}

/// What may stand in the braces of a node.
#[derive(Debug)]
pub(in crate::policy) enum Block {
    /// It takes no braces.
    None,
    /// These nodes, and the braces may be left out.
    Optional(Vec<Rule>),
    /// These nodes.
    Required(Vec<Rule>),
}

/// The arguments of a node: all of one kind.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Arguments {
    /// Their kind.
    pub(in crate::policy) kind: Kind,
    /// The fewest.
    pub(in crate::policy) least: usize,
    /// The most.
    pub(in crate::policy) most: usize,
    /// What the first may be, where that is a closed list.
    pub(in crate::policy) choices: &'static [&'static str],
}

/// A property of a node.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct PropertyRule {
    /// Its name.
    pub(in crate::policy) name: &'static str,
    /// The kind of its value.
    pub(in crate::policy) kind: Kind,
    /// Whether the node must have it.
    pub(in crate::policy) is_required: bool,
    /// What it says, for whoever writes one.
    pub(in crate::policy) doc: &'static str,
    /// What its value may be, where that is a closed list.
    pub(in crate::policy) choices: &'static [&'static str],
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Kind {
    /// A string that is not empty, or a variable that has one for a value.
    Text,
    /// A string that is not empty, and no variable.
    Written,
    /// The same, or `#null`.
    WrittenOrNull,
    /// A whole number.
    Integer,
    /// `#true` or `#false`.
    Boolean,
    /// A typed value that says where a secret is to be had.
    Secret,
}

/// How often a node may stand in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Repeats {
    /// Once.
    Never,
    /// Once for each first argument.
    ByFirstArgument,
    /// As often as wanted.
    Freely,
}

impl Rule {
    /// A node without arguments, properties and block.
    pub(in crate::policy) fn new(name: &'static str, form: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            form,
            doc,
            arguments: Arguments { kind: Kind::Text, least: 0, most: 0, choices: &[] },
            properties: Vec::new(),
            others: None,
            block: Block::None,
            is_required: false,
            repeats: Repeats::Never,
        }
    }

    /// With exactly one argument.
    pub(in crate::policy) fn one(self, kind: Kind) -> Self {
        self.arguments(kind, 1, 1)
    }

    /// With one argument or more.
    pub(in crate::policy) fn some(self, kind: Kind) -> Self {
        self.arguments(kind, 1, usize::MAX)
    }

    /// With this many arguments.
    pub(in crate::policy) fn arguments(self, kind: Kind, least: usize, most: usize) -> Self {
        Self { arguments: Arguments { kind, least, most, choices: &[] }, ..self }
    }

    /// With an optional property.
    pub(in crate::policy) fn property(mut self, name: &'static str, kind: Kind, doc: &'static str) -> Self {
        self.properties.push(PropertyRule { name, kind, is_required: false, doc, choices: &[] });
        self
    }

    /// With one text of a closed list as its first argument.
    pub(in crate::policy) fn choice(mut self, choices: &'static [&'static str]) -> Self {
        self.arguments.choices = choices;
        self
    }

    /// With a closed list for the property that was added last.
    pub(in crate::policy) fn property_choice(mut self, choices: &'static [&'static str]) -> Self {
        if let Some(last) = self.properties.last_mut() {
            last.choices = choices;
        }
        self
    }

    /// With a property that must be there.
    pub(in crate::policy) fn required_property(
        mut self,
        name: &'static str,
        kind: Kind,
        doc: &'static str,
    ) -> Self {
        self.properties.push(PropertyRule { name, kind, is_required: true, doc, choices: &[] });
        self
    }

    /// With any other properties, whose values are texts.
    pub(in crate::policy) fn open(self) -> Self {
        self.open_to(Kind::Text)
    }

    /// With any other properties, whose values are of this kind.
    pub(in crate::policy) fn open_to(self, kind: Kind) -> Self {
        Self { others: Some(kind), ..self }
    }

    /// With a block that may be left out.
    pub(in crate::policy) fn optional_block(self, children: Vec<Self>) -> Self {
        Self { block: Block::Optional(children), ..self }
    }

    /// With a block.
    pub(in crate::policy) fn block(self, children: Vec<Self>) -> Self {
        Self { block: Block::Required(children), ..self }
    }

    /// Needed by its parent.
    pub(in crate::policy) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Repeatable.
    pub(in crate::policy) fn repeats(self, repeats: Repeats) -> Self {
        Self { repeats, ..self }
    }

    /// The rules of its block.
    pub(in crate::policy) fn children(&self) -> &[Self] {
        match &self.block {
            Block::None => &[],
            Block::Optional(children) | Block::Required(children) => children,
        }
    }

    /// The rules of its block, for themselves.
    pub(in crate::policy) fn into_children(self) -> Vec<Self> {
        match self.block {
            Block::None => Vec::new(),
            Block::Optional(children) | Block::Required(children) => children,
        }
    }

    /// Whether a rule below this one has the name; if so, the parent's name.
    pub(in crate::policy) fn parent_of(&self, name: &str) -> Option<&'static str> {
        if self.children().iter().any(|child| child.name == name) {
            return Some(self.name);
        }
        self.children().iter().find_map(|child| child.parent_of(name))
    }
}

impl Arguments {
    /// How many there must be, in words.
    pub(in crate::policy) fn wanted(self) -> &'static str {
        match (self.least, self.most) {
            (0, 0) => "no arguments",
            (0, 1) => "one argument or none",
            (0, _) => "arguments",
            (1, 1) => "one argument",
            (1, _) => "an argument",
            _ => "two arguments or more",
        }
    }
}
