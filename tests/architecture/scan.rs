//! Source text → the paths that it names, with `self`, `super` and `crate` resolved.
//!
//! Bodies of macros are no syntax trees but tokens: paths in them are read as they stand. What `#[cfg(test)]` keeps out
//! of the product is skipped.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Item, ItemConst, ItemEnum, ItemFn, ItemImpl, ItemMacro, ItemMod, ItemStatic, ItemStruct,
    ItemTrait, ItemType, ItemUse, Macro, Meta, MetaList, Path, UseTree,
};

/// What a file names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Paths that begin at the crate's root, without `crate`; `*` for everything in it.
    pub(super) crate_paths: BTreeSet<String>,
    /// Paths that begin elsewhere.
    pub(super) other_paths: BTreeSet<String>,
    /// Macros that are called, by their last name.
    pub(super) macros: BTreeSet<String>,
    /// Child modules in files of their own that are compiled for tests only.
    pub(super) test_files: BTreeSet<String>,
}

/// Reads the text of a file that is the module `module` (the empty path is the crate's root).
pub(super) fn names(text: &str, module: &[&str]) -> Names {
    let file = syn::parse_file(text).unwrap();
    let module = module.iter().map(|&name| name.to_owned()).collect();
    let mut scan = Scan { module, names: Names::default() };
    scan.visit_file(&file);
    scan.names
}

struct Scan {
    /// The module that is being read, inline ones included.
    module: Vec<String>,
    names: Names,
}

impl Visit<'_> for Scan {
    fn visit_item(&mut self, item: &Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        } else if let Item::Mod(ItemMod { ident, content: None, .. }) = item {
            self.names.test_files.insert(ident.to_string());
        }
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.read_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &Path) {
        // A single name is a local one, or was brought in by a `use`.
        if path.segments.len() > 1 {
            self.record(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &Macro) {
        visit::visit_macro(self, called);
        self.names.macros.extend(called.path.segments.last().map(|segment| segment.ident.to_string()));
        self.read_tokens(called.tokens.clone());
    }

    fn visit_meta_list(&mut self, list: &MetaList) {
        visit::visit_meta_list(self, list);
        if !list.path.is_ident("cfg_attr") || !starts_with_test(list) {
            self.read_tokens(list.tokens.clone());
        }
    }
}

impl Scan {
    fn read_tree(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        let name = match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.read_tree(&path.tree, prefix);
                prefix.pop();
                return;
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.read_tree(tree, prefix));
                return;
            }
            UseTree::Name(name) => name.ident.to_string(),
            UseTree::Rename(rename) => rename.ident.to_string(),
            UseTree::Glob(_) => "*".to_owned(),
        };
        let is_whole = name == "self" && !prefix.is_empty();
        self.record(prefix.iter().cloned().chain((!is_whole).then_some(name)).collect());
    }

    /// Reads `a::b` and `a!` wherever they stand among tokens.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.record_tokens(std::mem::replace(&mut path, vec![name.to_string()]));
                }
                TokenTree::Punct(mark) if mark.as_char() == '!' => self.names.macros.extend(path.pop()),
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            if !matches!(token, TokenTree::Ident(_)) {
                self.record_tokens(std::mem::take(&mut path));
            }
            colons = 0;
        }
        self.record_tokens(path);
    }

    fn record_tokens(&mut self, path: Vec<String>) {
        if path.len() > 1 {
            self.record(path);
        }
    }

    fn record(&mut self, path: Vec<String>) {
        let mut base = match path.first().map(String::as_str) {
            Some("crate" | "adjunct") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => {
                self.names.other_paths.insert(path.join("::"));
                return;
            }
        };
        for step in path {
            match step.as_str() {
                "crate" | "adjunct" | "self" => {}
                "super" => drop(base.pop()),
                _ => base.push(step),
            }
        }
        self.names.crate_paths.insert(if base.is_empty() { "*".to_owned() } else { base.join("::") });
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    let (Item::Const(ItemConst { attrs, .. })
    | Item::Enum(ItemEnum { attrs, .. })
    | Item::Fn(ItemFn { attrs, .. })
    | Item::Impl(ItemImpl { attrs, .. })
    | Item::Macro(ItemMacro { attrs, .. })
    | Item::Mod(ItemMod { attrs, .. })
    | Item::Static(ItemStatic { attrs, .. })
    | Item::Struct(ItemStruct { attrs, .. })
    | Item::Trait(ItemTrait { attrs, .. })
    | Item::Type(ItemType { attrs, .. })
    | Item::Use(ItemUse { attrs, .. })) = item
    else {
        return &[];
    };
    attrs
}

fn is_for_tests(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("cfg") && starts_with_test(list))
}

/// `cfg(test)`, `cfg_attr(test, …)`; not `cfg(not(test))`.
fn starts_with_test(list: &MetaList) -> bool {
    matches!(list.tokens.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "test")
}
