//! A forward proxy: takes `CONNECT`, whatever the host, and answers it from one local server, behind TLS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::samba::Authority;

/// A running proxy on 127.0.0.1.
#[derive(Debug)]
pub(crate) struct ForwardProxy {
    port: u16,
    authority: Authority,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl ForwardProxy {
    /// A proxy that answers for hosts of these names with what `server` says.
    pub(crate) fn start(server: SocketAddr, names: &[&str]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let address = IpAddr::from(Ipv4Addr::LOCALHOST);
        let listener = runtime.block_on(TcpListener::bind((address, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let authority = Authority::new("proxy");
        let identity = authority.server(names, address);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (identity, log) = (Arc::clone(&identity), Arc::clone(&log));
                // Connections end when clients like.
                tokio::spawn(async move { pass(client, server, identity, log).await.ok() });
            }
        });
        Self { port, authority, asked, _runtime: runtime }
    }

    /// What the environment variables of proxies take.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The certificate to trust.
    pub(crate) fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// The first line of each request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    identity: Arc<ServerConfig>,
    log: Arc<Mutex<Vec<String>>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    let is_tunnel = line.starts_with("CONNECT ");
    log.lock().unwrap().push(line);
    if !is_tunnel {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut client = TlsAcceptor::from(identity).accept(client).await?;
    let mut server = TcpStream::connect(server).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
