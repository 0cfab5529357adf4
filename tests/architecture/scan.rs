//! Source text → the paths that it names. A small lexer, not a parser: enough to tell paths from comments, literals and
//! test modules.

use std::collections::BTreeSet;

/// What a file names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Paths that begin at the crate's root, without `crate`; `*` for everything in it.
    pub(super) crate_paths: BTreeSet<String>,
    /// Paths that begin elsewhere.
    pub(super) other_paths: BTreeSet<String>,
    /// Macros called by their bare name.
    pub(super) macros: BTreeSet<String>,
    /// Child modules in files of their own that are compiled for tests only.
    pub(super) test_files: BTreeSet<String>,
}

/// Reads the text of a file that is the module `module` (the empty path is the crate's root).
pub(super) fn names(text: &str, module: &[&str]) -> Names {
    let tokens = tokens(text);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        module: module.iter().map(|&name| name.to_owned()).collect(),
        open: Vec::new(),
        depth: 0,
        names: Names::default(),
    };
    reader.read();
    reader.names
}

/// Identifiers, `::` and single characters, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if c == '"' {
            i = after_string(&chars, i, 0, true);
        } else if c == '\'' {
            // A lifetime has no closing quote right after its first character.
            if at(i + 1) == '\\' {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 2) == '\'' {
                i += 3;
            } else {
                i += 1;
            }
        } else if is_word(c) {
            let start = i;
            while is_word(at(i)) {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            let hashes = chars[i..].iter().take_while(|&&c| c == '#').count();
            let is_raw = matches!(word.as_str(), "r" | "br" | "cr");
            if is_raw && at(i + hashes) == '"' {
                i = after_string(&chars, i + hashes, hashes, false);
            } else if is_raw && hashes == 1 {
                // `r#word` is the word.
                i += 1;
            } else {
                tokens.push(word);
            }
        } else if c == ':' && at(i + 1) == ':' {
            tokens.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            i += 1;
        }
    }
    tokens
}

/// The index after the literal whose opening quote stands at `start`.
fn after_string(chars: &[char], start: usize, hashes: usize, escapes: bool) -> usize {
    let mut i = start + 1;
    while i < chars.len() {
        if escapes && chars[i] == '\\' {
            i += 2;
            continue;
        }
        let closing = chars[i + 1..].iter().take(hashes).filter(|&&c| c == '#').count();
        if chars[i] == '"' && closing == hashes {
            return i + 1 + hashes;
        }
        i += 1;
    }
    i
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    /// The module that the reader is in, inline ones included.
    module: Vec<String>,
    /// Brace depths at which inline modules opened.
    open: Vec<usize>,
    depth: usize,
    names: Names,
}

impl Reader<'_> {
    fn token(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    fn is_word(token: &str) -> bool {
        token.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.token(0) {
                "#" if self.is_test_attribute() => self.skip_test_item(),
                "{" => {
                    self.depth += 1;
                    self.at += 1;
                }
                "}" => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.open.last() == Some(&self.depth) {
                        self.open.pop();
                        self.module.pop();
                    }
                    self.at += 1;
                }
                "mod" if Self::is_word(self.token(1)) && self.token(2) == "{" => {
                    self.module.push(self.token(1).to_owned());
                    self.open.push(self.depth);
                    self.depth += 1;
                    self.at += 3;
                }
                // `use<'a>` is a bound.
                "use" if self.token(1) != "<" => {
                    self.at += 1;
                    self.read_tree(&[]);
                }
                word if Self::is_word(word) && self.token(1) == "!" && self.token(2) != "=" => {
                    self.names.macros.insert(word.to_owned());
                    self.at += 2;
                }
                word if Self::is_word(word) && self.token(1) == "::" => {
                    let mut path = Vec::new();
                    while Self::is_word(self.token(0)) {
                        path.push(self.token(0).to_owned());
                        self.at += 1;
                        if self.token(0) != "::" {
                            break;
                        }
                        self.at += 1;
                    }
                    self.record(&path);
                }
                _ => self.at += 1,
            }
        }
    }

    fn is_test_attribute(&self) -> bool {
        ["#", "[", "cfg", "(", "test", ")", "]"].iter().enumerate().all(|(n, &token)| self.token(n) == token)
    }

    /// Steps over the item under `#[cfg(test)]`: to its `;` or over its braces.
    fn skip_test_item(&mut self) {
        self.at += 7;
        let start = self.at;
        let mut depth = 0;
        while self.at < self.tokens.len() {
            match self.token(0) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            let is_end = depth == 0 && matches!(self.token(0), ";" | "}");
            self.at += 1;
            if is_end {
                break;
            }
        }
        let item = &self.tokens[start..self.at];
        if let Some(position) = item.iter().position(|token| token == "mod")
            && item.get(position + 2).is_some_and(|token| token == ";")
        {
            self.names.test_files.insert(item[position + 1].clone());
        }
    }

    /// Reads one tree of a `use`, which begins at `prefix`, up to the `,`, `}` or `;` that ends it.
    fn read_tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        while self.at < self.tokens.len() {
            match self.token(0) {
                "{" => {
                    self.at += 1;
                    while self.at < self.tokens.len() && self.token(0) != "}" {
                        self.read_tree(&path);
                        // Past the comma, and past anything that does not belong in here.
                        if self.token(0) != "}" {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "," | "}" | ";" => break,
                "as" => self.at += 2,
                "::" => self.at += 1,
                "self" if !path.is_empty() => self.at += 1,
                segment => {
                    path.push(segment.to_owned());
                    self.at += 1;
                }
            }
        }
        self.record(&path);
    }

    fn record(&mut self, path: &[String]) {
        let mut base = self.module.clone();
        let mut rest = path;
        let from_crate = match path.first().map(String::as_str) {
            Some("crate" | "adjunct") => {
                base.clear();
                rest = &path[1..];
                true
            }
            Some("self" | "super") => {
                while let Some(step) = rest.first().filter(|step| matches!(step.as_str(), "self" | "super")) {
                    if step == "super" {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
                true
            }
            _ => false,
        };
        if from_crate {
            let whole: Vec<&str> = base.iter().chain(rest).map(String::as_str).collect();
            let whole = if whole.is_empty() { "*".to_owned() } else { whole.join("::") };
            self.names.crate_paths.insert(whole);
        } else if !rest.is_empty() {
            self.names.other_paths.insert(rest.join("::"));
        }
    }
}
