//! `adjunct lsp`: policies in an editor, over standard input and output (Language Server Protocol 3.17).

mod answer;
mod diagnostics;
mod place;
mod wire;

use std::collections::BTreeMap;
use std::io;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument,
    Exit as ExitNotification, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    Completion, Formatting, GotoDefinition, HoverRequest, Initialize, Request as _, Shutdown,
};
use lsp_types::{
    CompletionOptions, HoverProviderCapability, InitializeParams, InitializeResult, OneOf, Position,
    PublishDiagnosticsParams, ServerCapabilities, ServerInfo, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::CliError;
use super::exit::Exit;
use place::Encoding;

/// Serves one editor until it says that it goes, or is gone.
pub(super) fn run() -> Result<Exit, CliError> {
    let mut server = Server { encoding: None, documents: BTreeMap::new(), is_shut_down: false };
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some(message) = wire::read(&mut input).map_err(CliError::LanguageClient)? {
        let answers = match message {
            Message::Request(request) => vec![Message::Response(server.answer(request))],
            Message::Notification(notification) if notification.method == ExitNotification::METHOD => {
                return Ok(if server.is_shut_down { Exit::Done } else { Exit::Error });
            }
            Message::Notification(notification) => server.hear(notification),
            // Nothing is asked of the editor.
            Message::Response(_) => Vec::new(),
        };
        for answer in answers {
            answer.write(&mut output).map_err(CliError::Output)?;
        }
    }
    Ok(Exit::Done)
}

struct Server {
    /// How the editor counts characters; none before it has said so.
    encoding: Option<Encoding>,
    /// The texts that are open.
    documents: BTreeMap<String, (Uri, String)>,
    is_shut_down: bool,
}

impl Server {
    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let result = match (method.as_str(), self.encoding) {
            (Initialize::METHOD, _) if !self.is_shut_down => {
                parsed(params).and_then(|params| result(&self.initialize(&params)))
            }
            (_, None) => Err((ErrorCode::ServerNotInitialized, "initialize comes first".to_owned())),
            (_, Some(_)) if self.is_shut_down => {
                Err((ErrorCode::InvalidRequest, "after shutdown comes exit".to_owned()))
            }
            (Shutdown::METHOD, _) => {
                self.is_shut_down = true;
                Ok(Value::Null)
            }
            (Completion::METHOD, Some(encoding)) => {
                self.at_place(params, |_, text, at| Some(answer::completion(text, at, encoding)))
            }
            (HoverRequest::METHOD, Some(encoding)) => {
                self.at_place(params, |_, text, at| answer::hover(text, at, encoding))
            }
            (GotoDefinition::METHOD, Some(encoding)) => self.at_place(params, |uri, text, at| {
                answer::definition(&answer::path_of(uri), text, at, encoding)
            }),
            (Formatting::METHOD, Some(encoding)) => parsed::<OfDocument>(params).and_then(|of| {
                let (uri, text) = self.document(&of.text_document.uri)?;
                result(&answer::formatting(&answer::path_of(uri), text, encoding))
            }),
            (method, _) => {
                Err((ErrorCode::MethodNotFound, format!("{method} is nothing that is answered here")))
            }
        };
        respond(id, result)
    }

    fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        let offered =
            params.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::of(offered);
        self.encoding = Some(encoding);
        let capabilities = ServerCapabilities {
            position_encoding: Some(encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::FULL),
                save: Some(true.into()),
                ..TextDocumentSyncOptions::default()
            })),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(vec![" ".to_owned(), "=".to_owned(), "\"".to_owned()]),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            definition_provider: Some(OneOf::Left(true)),
            document_formatting_provider: Some(OneOf::Left(true)),
            ..ServerCapabilities::default()
        };
        let server =
            ServerInfo { name: "adjunct".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        InitializeResult { capabilities, server_info: Some(server) }
    }

    /// Answers what is asked of a place in a text that is open.
    fn at_place<R: Serialize>(
        &self,
        params: Value,
        answer: impl FnOnce(&Uri, &str, Position) -> Option<R>,
    ) -> Answered {
        let params: AtPlace = parsed(params)?;
        let (uri, text) = self.document(&params.text_document.uri)?;
        result(&answer(uri, text, params.position))
    }

    fn document(&self, uri: &Uri) -> Result<(&Uri, &str), Failure> {
        let document = self.documents.get(uri.as_str()).map(|(uri, text)| (uri, text.as_str()));
        document.ok_or_else(|| (ErrorCode::InvalidParams, "no such document is open".to_owned()))
    }

    /// Takes in what the editor tells, and says what is wrong with the texts that it concerns.
    fn hear(&mut self, notification: Notification) -> Vec<Message> {
        let Notification { method, params } = notification;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Ok(opened) = parsed::<lsp_types::DidOpenTextDocumentParams>(params) else {
                    return Vec::new();
                };
                self.take(opened.text_document.uri, opened.text_document.text)
            }
            DidChangeTextDocument::METHOD => {
                let Ok(changed) = parsed::<lsp_types::DidChangeTextDocumentParams>(params) else {
                    return Vec::new();
                };
                // Whole texts are asked for, so the last one counts.
                let text = changed.content_changes.into_iter().next_back().map(|change| change.text);
                text.map(|text| self.take(changed.text_document.uri, text)).unwrap_or_default()
            }
            // What is saved may be a part of other texts.
            DidSaveTextDocument::METHOD => {
                self.documents.values().filter_map(|(uri, text)| self.publish(uri, Some(text))).collect()
            }
            DidCloseTextDocument::METHOD => {
                let Ok(closed) = parsed::<lsp_types::DidCloseTextDocumentParams>(params) else {
                    return Vec::new();
                };
                self.documents.remove(closed.text_document.uri.as_str());
                self.publish(&closed.text_document.uri, None).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn take(&mut self, uri: Uri, text: String) -> Vec<Message> {
        let published = self.publish(&uri, Some(&text)).into_iter().collect();
        self.documents.insert(uri.as_str().to_owned(), (uri, text));
        published
    }

    /// Says what is wrong with a text; nothing of one that is closed.
    fn publish(&self, uri: &Uri, text: Option<&str>) -> Option<Message> {
        let encoding = self.encoding?;
        let diagnostics = text.map(|text| diagnostics::diagnostics(&answer::path_of(uri), text, encoding));
        let params = PublishDiagnosticsParams {
            uri: uri.clone(),
            diagnostics: diagnostics.unwrap_or_default(),
            version: None,
        };
        let params = serde_json::to_value(params).ok()?;
        Some(Message::Notification(Notification { method: PublishDiagnostics::METHOD.to_owned(), params }))
    }
}

/// A place in a document, as every request about one has it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtPlace {
    text_document: lsp_types::TextDocumentIdentifier,
    position: Position,
}

/// A document, as requests about a whole one have it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfDocument {
    text_document: lsp_types::TextDocumentIdentifier,
}

type Failure = (ErrorCode, String);
type Answered = Result<Value, Failure>;

fn parsed<P: DeserializeOwned>(params: Value) -> Result<P, Failure> {
    // What is wrong would be told with values of a text that nobody has looked at for secrets.
    let told = |_| (ErrorCode::InvalidParams, "the parameters are not those of the method".to_owned());
    serde_json::from_value(params).map_err(told)
}

fn result(value: &impl Serialize) -> Answered {
    serde_json::to_value(value).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

fn respond(id: RequestId, result: Answered) -> Response {
    match result {
        Ok(value) => Response::new_ok(id, value),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}
