//! LDAPS in front of the domain controller: passes everything on, and lets a test act between two requests.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use rasn_ldap::{LdapMessage, ProtocolOp, SearchRequest};
use rustls::ServerConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::samba::Samba;

/// What happens before a search is passed on.
type BeforeSearch = Box<dyn FnMut(&SearchRequest) + Send>;

/// A running proxy on 127.0.0.1.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    _runtime: Runtime,
}

impl Proxy {
    /// A proxy whose certificate is in order. `before_search` runs to its end before a search is passed on.
    pub(crate) fn start(
        samba: &'static Samba,
        before_search: impl FnMut(&SearchRequest) + Send + 'static,
    ) -> Self {
        Self::serve(samba, samba.authority().server(&["localhost"], address()), Box::new(before_search))
    }

    /// A proxy whose certificate names another host.
    pub(crate) fn with_the_name_of_another(samba: &'static Samba) -> Self {
        let elsewhere = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
        let identity = samba.authority().server(&["dc2.corp.example.com"], elsewhere);
        Self::serve(samba, identity, Box::new(|_| {}))
    }

    /// `ldaps://`, its address and its port.
    pub(crate) fn url(&self) -> String {
        format!("ldaps://{}:{}", address(), self.port)
    }

    fn serve(samba: &'static Samba, identity: Arc<ServerConfig>, before_search: BeforeSearch) -> Self {
        // Whatever the test does in between may block for a while.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((address(), 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let before_search = Arc::new(Mutex::new(before_search));
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (identity, before_search) = (Arc::clone(&identity), Arc::clone(&before_search));
                // A client that breaks the connection off, as for a wrong certificate, is part of the tests.
                tokio::spawn(async move { pass(samba, client, identity, before_search).await.ok() });
            }
        });
        Self { port, _runtime: runtime }
    }
}

fn address() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}

async fn pass(
    samba: &Samba,
    client: TcpStream,
    identity: Arc<ServerConfig>,
    before_search: Arc<Mutex<BeforeSearch>>,
) -> io::Result<()> {
    let client = TlsAcceptor::from(identity).accept(client).await?;
    let server = TcpStream::connect((samba.address(), 636)).await?;
    let name = ServerName::from(IpAddr::from(samba.address()));
    let server = TlsConnector::from(samba.authority().client()).connect(name, server).await?;
    let (from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, to_server) = tokio::io::split(server);
    tokio::select! {
        result = pass_requests(from_client, to_server, before_search) => result,
        result = tokio::io::copy(&mut from_server, &mut to_client) => result.map(drop),
    }
}

async fn pass_requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    before_search: Arc<Mutex<BeforeSearch>>,
) -> io::Result<()> {
    let mut pending = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = from.read(&mut piece).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        pending.extend_from_slice(&piece[..count]);
        // A message that is not whole yet does not decode.
        while let Ok((message, rest)) = rasn::ber::decode_with_remainder::<LdapMessage>(&pending) {
            let length = pending.len() - rest.len();
            if let ProtocolOp::SearchRequest(search) = &message.protocol_op {
                tokio::task::block_in_place(|| before_search.lock().unwrap()(search));
            }
            to.write_all(&pending[..length]).await?;
            pending.drain(..length);
        }
        to.flush().await?;
    }
}
