//! One connection: StartTLS where the script demands it, TLS, and messages back and forth.

use std::sync::{Arc, Mutex};

use rasn_ldap::{
    AuthenticationChoice, BindRequest, BindResponse, ExtendedResponse, LdapMessage, ProtocolOp, ResultCode,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::script::{Cut, CutEnd, Habit, Script};
use super::search::{self, Pages};
use super::{ACCOUNT, PASSWORD};

const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
const NOTICE_OF_DISCONNECTION: &[u8] = b"1.3.6.1.4.1.1466.20036";

/// One thing that the server does next.
#[derive(Debug)]
pub(super) enum Step {
    Send(LdapMessage),
    /// Half of the message.
    SendHalf(LdapMessage),
    /// The message, with its first byte of this text made invalid.
    SendSpoiled(LdapMessage, String),
    /// A notice of disconnection.
    Notify,
    Close,
    /// TCP's RST.
    Reset,
    /// Nothing, until the client goes away.
    Hang,
}

/// Whether the connection goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Close,
    Reset,
}

/// A connection, with or without TLS.
trait Transport: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Transport for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Transport for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

pub(super) async fn serve(mut stream: TcpStream, tls: TlsAcceptor, script: Arc<Mutex<Script>>) {
    stream.set_nodelay(true).unwrap();
    let (starts_tls, refuses_tls, is_plain) = {
        let mut script = script.lock().unwrap();
        script.connections += 1;
        (script.has(Habit::StartTls), script.has(Habit::RefuseTls), script.has(Habit::Plain))
    };
    if is_plain {
        return serve_messages(stream, script).await;
    }
    if starts_tls && !answer_start_tls(&mut stream, refuses_tls, &script).await {
        // What a client says now is said to all who listen.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        script.lock().unwrap().clear_text.extend(rest);
        return;
    }
    if let Ok(stream) = tls.accept(stream).await {
        serve_messages(stream, script).await;
    }
}

async fn serve_messages(stream: impl Transport, script: Arc<Mutex<Script>>) {
    let cut = script.lock().unwrap().cut;
    Session { stream, script, pages: Pages::default(), is_bound: false, cut }.run().await;
}

/// Answers the first request, which must be StartTLS. Whether TLS follows.
async fn answer_start_tls(stream: &mut TcpStream, refuses: bool, script: &Mutex<Script>) -> bool {
    let mut input = Vec::new();
    let Some(request) = read_message(stream, &mut input).await else { return false };
    script.lock().unwrap().clear_text.extend(rasn::ber::encode(&request).unwrap());
    let is_start_tls = matches!(&request.protocol_op, ProtocolOp::ExtendedReq(extended) if extended.request_name.as_ref() == START_TLS);
    let code = match (is_start_tls, refuses) {
        (true, false) => ResultCode::Success,
        (true, true) => ResultCode::ProtocolError,
        (false, _) => ResultCode::ConfidentialityRequired,
    };
    let answer = LdapMessage::new(request.message_id, ProtocolOp::ExtendedResp(extended(code, START_TLS)));
    stream.write_all(&rasn::ber::encode(&answer).unwrap()).await.is_ok() && code == ResultCode::Success
}

struct Session<S> {
    stream: S,
    script: Arc<Mutex<Script>>,
    pages: Pages,
    is_bound: bool,
    /// What is left of the bytes before the end.
    cut: Option<Cut>,
}

impl<S: Transport> Session<S> {
    async fn run(mut self) {
        let mut input = Vec::new();
        while let Some(request) = read_message(&mut self.stream, &mut input).await {
            for step in self.answer(&request) {
                match self.perform(step).await {
                    Next::GoOn => {}
                    Next::Close => {
                        let _ = self.stream.shutdown().await;
                        return;
                    }
                    Next::Reset => {
                        // What the client sent meanwhile does not matter: the end of the socket is the reset.
                        self.stream.socket().set_zero_linger().unwrap();
                        return;
                    }
                }
            }
        }
    }

    fn answer(&mut self, request: &LdapMessage) -> Vec<Step> {
        let id = request.message_id;
        let mut script = self.script.lock().unwrap();
        let operation = match &request.protocol_op {
            ProtocolOp::BindRequest(bind) => {
                script.requests.push(format!("bind {}", bind.name.0));
                let (code, text) = check_bind(&script, bind);
                self.is_bound = code == ResultCode::Success;
                let operation = ProtocolOp::BindResponse(BindResponse::new(
                    code,
                    "".into(),
                    text.as_str().into(),
                    None,
                    None,
                ));
                if script.has(Habit::SpoilBinds) {
                    return vec![Step::SendSpoiled(LdapMessage::new(id, operation), text)];
                }
                operation
            }
            ProtocolOp::SearchRequest(search) => {
                return search::answer(
                    &mut script,
                    &mut self.pages,
                    self.is_bound,
                    id,
                    search,
                    request.controls.as_ref(),
                );
            }
            ProtocolOp::UnbindRequest(_) => return vec![Step::Close],
            ProtocolOp::AbandonRequest(_) => return Vec::new(),
            other => {
                script.requests.push(format!("{other:?}"));
                ProtocolOp::ExtendedResp(extended(ResultCode::ProtocolError, b""))
            }
        };
        vec![Step::Send(LdapMessage::new(id, operation))]
    }

    async fn perform(&mut self, step: Step) -> Next {
        match step {
            Step::Send(message) => self.write(&rasn::ber::encode(&message).unwrap()).await,
            Step::SendHalf(message) => {
                let bytes = rasn::ber::encode(&message).unwrap();
                let _ = self.write(&bytes[..bytes.len() / 2]).await;
                Next::Close
            }
            Step::SendSpoiled(message, text) => {
                let mut bytes = rasn::ber::encode(&message).unwrap();
                let at = bytes
                    .windows(text.len().max(1))
                    .position(|window| window == text.as_bytes())
                    .unwrap_or(0);
                bytes[at] = 0xff;
                self.write(&bytes).await
            }
            Step::Notify => {
                let notice = extended(ResultCode::Unavailable, NOTICE_OF_DISCONNECTION);
                let message = LdapMessage::new(0, ProtocolOp::ExtendedResp(notice));
                let _ = self.write(&rasn::ber::encode(&message).unwrap()).await;
                Next::Close
            }
            Step::Close => Next::Close,
            Step::Reset => Next::Reset,
            Step::Hang => {
                // Until the client goes away.
                while self.stream.read_u8().await.is_ok() {}
                Next::Close
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Next {
        let allowed = self.cut.map_or(bytes.len(), |cut| cut.bytes.min(bytes.len()));
        // Before the client can have them.
        self.script.lock().unwrap().bytes_sent += allowed;
        let is_written =
            self.stream.write_all(&bytes[..allowed]).await.is_ok() && self.stream.flush().await.is_ok();
        if let Some(cut) = &mut self.cut {
            cut.bytes -= allowed;
        }
        match self.cut {
            Some(Cut { end: CutEnd::Reset, .. }) if allowed < bytes.len() => Next::Reset,
            _ if is_written && allowed == bytes.len() => Next::GoOn,
            _ => Next::Close,
        }
    }
}

/// The next message; none when the client goes away.
async fn read_message(stream: &mut (impl AsyncRead + Unpin), input: &mut Vec<u8>) -> Option<LdapMessage> {
    loop {
        if let Ok((message, rest)) = rasn::ber::decode_with_remainder::<LdapMessage>(input) {
            *input = rest.to_vec();
            return Some(message);
        }
        if stream.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}

fn check_bind(script: &Script, bind: &BindRequest) -> (ResultCode, String) {
    if let Some((code, text)) = &script.bind_answer {
        return (search::code(*code), text.clone());
    }
    match &bind.authentication {
        AuthenticationChoice::Simple(password)
            if bind.name.0 == ACCOUNT && password.as_ref() == PASSWORD.as_bytes() =>
        {
            (ResultCode::Success, String::new())
        }
        // Windows takes an empty password for an anonymous bind.
        AuthenticationChoice::Simple(password) if password.is_empty() => (ResultCode::Success, String::new()),
        _ => {
            let text =
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580\0";
            (ResultCode::InvalidCredentials, text.to_owned())
        }
    }
}

fn extended(code: ResultCode, name: &[u8]) -> ExtendedResponse {
    ExtendedResponse {
        result_code: code,
        matched_dn: "".into(),
        diagnostic_message: "".into(),
        referral: None,
        response_name: Some(name.to_vec().into()),
        response_value: None,
    }
}
