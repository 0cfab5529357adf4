//! What is answered to the requests of an editor.

use std::path::{Path, PathBuf};

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, GotoDefinitionResponse,
    HoverContents, Location, MarkupContent, MarkupKind, Position, Range, TextEdit, Uri,
};
use url::Url;

use super::place::Encoding;
use crate::cli::test::holds_tests;
use crate::policy::Span;
use crate::policy::editor::{self, Completion, CompletionKind};
use crate::policy::format;

/// The path of a document; of one that is in no file, a name in the working folder.
pub(super) fn path_of(uri: &Uri) -> PathBuf {
    let path = Url::parse(uri.as_str()).ok().and_then(|url| url.to_file_path().ok());
    path.unwrap_or_else(|| PathBuf::from("policy.kdl"))
}

pub(super) fn completion(text: &str, at: Position, encoding: Encoding) -> Vec<CompletionItem> {
    let item = |Completion { label, text: new_text, replaced, kind, doc }: Completion| CompletionItem {
        label,
        kind: Some(match kind {
            CompletionKind::Node => CompletionItemKind::KEYWORD,
            CompletionKind::Property => CompletionItemKind::PROPERTY,
            CompletionKind::Value => CompletionItemKind::VALUE,
        }),
        documentation: Some(Documentation::String(doc)),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range: encoding.range(text, replaced),
            new_text,
        })),
        ..CompletionItem::default()
    };
    editor::completions(text, encoding.offset(text, at)).into_iter().map(item).collect()
}

pub(super) fn hover(text: &str, at: Position, encoding: Encoding) -> Option<lsp_types::Hover> {
    let editor::Hover { span, form, doc, choices } = editor::hover(text, encoding.offset(text, at))?;
    let mut value = format!("{doc}\n\n```kdl\n{form}\n```");
    if !choices.is_empty() {
        let choices: Vec<String> = choices.iter().map(|choice| format!("`\"{choice}\"`")).collect();
        value = format!("{value}\n\nOne of {}.", choices.join(", "));
    }
    Some(lsp_types::Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(encoding.range(text, span)),
    })
}

/// The text in the one layout, as one edit; none where it is, and where it is no KDL or a file of others.
pub(super) fn formatting(path: &Path, text: &str, encoding: Encoding) -> Option<Vec<TextEdit>> {
    if !holds_tests(path) && !editor::is_ours(text) {
        return None;
    }
    let new_text = format(&path.to_string_lossy(), text).ok()?;
    let whole = Span { start: 0, length: text.len() };
    let edit = (new_text != text).then(|| TextEdit { range: encoding.range(text, whole), new_text });
    Some(edit.into_iter().collect())
}

/// The beginning of the file that is included there.
pub(super) fn definition(
    path: &Path,
    text: &str,
    at: Position,
    encoding: Encoding,
) -> Option<GotoDefinitionResponse> {
    let (_, included) = editor::included_at(text, encoding.offset(text, at))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = std::path::absolute(folder.join(included)).ok()?;
    let uri: Uri = Url::from_file_path(file).ok()?.as_str().parse().ok()?;
    Some(GotoDefinitionResponse::Scalar(Location { uri, range: Range::default() }))
}
