//! How fast a sandbox of 50,000 users and 5,000 groups is, beside a server that knows nothing: `cargo bench --bench sandbox`.
//!
//! Whatever is compared is measured in turns, in one run; what counts is the ratio. It ends with 1 when a bar is missed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "what fails here fails in front of the person who runs it"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adjunct::sandbox::{Options, Sandbox, State, StateFile};
use axum::Router;
use axum::body::Bytes;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const USERS: usize = 50_000;
const GROUPS: usize = 5_000;
const PAGE: usize = 100;
const ROUNDS: usize = 9;
const WRITES: usize = 300;

/// The listing must be at least so fast as the bare server, as a part of its rate.
const LEAST_RATE: f64 = 0.5;
/// What a user of the largest list may cost, beside one of the smallest.
const MOST_GROWTH: f64 = 1.5;
/// What the median write may take with a state file, beside one without. The file may cost the time of its own write call,
/// and nothing that grows.
const MOST_DELAY: f64 = 2.0;

fn main() -> ExitCode {
    let runtime = Runtime::new().unwrap();
    let document = document(USERS, GROUPS);
    println!("{USERS} users and {GROUPS} groups, {} MB as a text", document.len() >> 20);
    let bars = [rate(&runtime, &document), growth(&runtime), delay(&runtime, &document)];
    if bars.iter().all(|held| *held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares lists of all users with a server that has the same bytes ready.
fn rate(runtime: &Runtime, document: &str) -> bool {
    let sandbox = start(runtime, State::parse("bench", document).unwrap(), None);
    let mut client = Client::connect(sandbox.address());
    let paths: Vec<String> = pages("&sort=_id", USERS).collect();
    let mut texts = Vec::new();
    let cold = time(|| texts = paths.iter().map(|path| Bytes::copy_from_slice(client.get(path))).collect());
    let bytes: usize = texts.iter().map(Bytes::len).sum();
    // Its texts are being made from its start on; a client that comes a little later finds them.
    let rested = start(runtime, State::parse("bench", document).unwrap(), None);
    std::thread::sleep(Duration::from_secs(2));
    let mut rested_client = Client::connect(rested.address());
    let rested = time(|| rested_client.get_all(&paths));
    let mut bare = Client::connect(serve_bare(runtime, texts));
    let unsorted: Vec<String> = pages("", USERS).collect();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(time(|| bare.get_all(&paths)));
        times[1].push(time(|| client.get_all(&paths)));
        times[2].push(time(|| client.get_all(&unsorted)));
    }
    let [bare, sorted, unsorted] = times.each_ref().map(|times| median(times));
    let per_second = |time: Duration| USERS as f64 / time.as_secs_f64();
    println!(
        "\nall users, {} pages of {PAGE}, {} MB over one connection (median of {ROUNDS}):",
        paths.len(),
        bytes >> 20
    );
    println!("  a bare axum server             {:>9.0} users/s", per_second(bare));
    for (what, time) in [
        ("the sandbox, by id", sorted),
        ("the sandbox, in no order", unsorted),
        ("the sandbox, first, after 2 s", rested),
        ("the sandbox, first, at once", cold),
    ] {
        println!(
            "  {what:<30} {:>9.0} users/s   {:.2} of the bare one's",
            per_second(time),
            ratio(bare, time)
        );
    }
    holds(
        "no less than half the rate of the bare server, by id and in no order",
        ratio(bare, sorted.max(unsorted)) >= LEAST_RATE,
    )
}

/// Compares what a user of a list costs in small and large organizations.
fn growth(runtime: &Runtime) -> bool {
    let sizes = [USERS / 4, USERS / 2, USERS];
    let sandboxes =
        sizes.map(|size| start(runtime, State::parse("bench", &document(size, size / 10)).unwrap(), None));
    let mut clients = sandboxes.each_ref().map(|sandbox| Client::connect(sandbox.address()));
    let orders = ["&sort=_id", ""];
    let mut times = [const { [const { Vec::new() }; 3] }; 2];
    // The first round fills what is kept at hand.
    for round in 0..=ROUNDS {
        for (order, times) in orders.iter().zip(&mut times) {
            for ((client, size), times) in clients.iter_mut().zip(sizes).zip(times) {
                let paths: Vec<String> = pages(order, size).collect();
                let time = time(|| client.get_all(&paths));
                if round > 0 {
                    times.push(time);
                }
            }
        }
    }
    println!("\nwhat a user of a list costs:");
    let mut is_linear = true;
    for (what, times) in ["by id", "in no order"].iter().zip(times) {
        let costs: Vec<f64> = times
            .into_iter()
            .map(|times| median(&times))
            .zip(sizes)
            .map(|(time, size)| time.as_secs_f64() * 1e6 / size as f64)
            .collect();
        let each: Vec<String> =
            costs.iter().zip(sizes).map(|(cost, size)| format!("{cost:.2} µs of {size}")).collect();
        println!("  {what:<12} {}, {:.2} times", each.join(", "), costs[2] / costs[0]);
        is_linear &= costs[2] / costs[0] <= MOST_GROWTH;
    }
    holds("linear in the number of users", is_linear)
}

/// Compares writes with and without a state file, while others read.
fn delay(runtime: &Runtime, document: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, State::parse("bench", document).unwrap().to_json()).unwrap();
    let mut opened = None;
    let opening = time(|| opened = Some(open(&path)));
    let (state, file) = opened.unwrap();
    let in_memory = start(runtime, state.clone(), None);
    let in_file = start(runtime, state, Some(file));
    let mut writers = [&in_memory, &in_file].map(|sandbox| Client::connect(sandbox.address()));
    let ids = ids(&mut writers[0]);
    let first = time(|| writers[1].write(&ids[0], "first"));
    let mut times = [const { Vec::new() }; 4];
    let listed = AtomicUsize::new(0);
    for round in 0..ROUNDS {
        for (kind, times) in times.iter_mut().enumerate() {
            let (writer, is_listed) = (&mut writers[kind % 2], kind >= 2);
            let address = if kind % 2 == 0 { in_memory.address() } else { in_file.address() };
            let is_done = AtomicBool::new(!is_listed);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut reader = Client::connect(address);
                    for path in pages("&sort=_id", USERS).cycle() {
                        if is_done.load(Ordering::Relaxed) {
                            return;
                        }
                        reader.get(&path);
                        listed.fetch_add(PAGE, Ordering::Relaxed);
                    }
                });
                for (write, id) in ids.iter().cycle().skip(round * 1000).take(WRITES).enumerate() {
                    times.push(time(|| writer.write(id, &format!("{round}-{write}"))));
                }
                is_done.store(true, Ordering::Relaxed);
            });
        }
    }
    println!(
        "\na write of one user, of {} each (the state file was opened in {opening:.0?}, the first write to it took {first:.0?}):",
        ROUNDS * WRITES
    );
    let names =
        ["in memory", "with a state file", "in memory, while listing", "with a state file, while listing"];
    for (name, times) in names.iter().zip(&times) {
        println!("  {name:<34} median {:>8.0?}   p99 {:>8.0?}", percentile(times, 50), percentile(times, 99));
    }
    println!("  ({} users were listed meanwhile)", listed.into_inner());
    let delay =
        |percent| percentile(&times[3], percent).as_secs_f64() / percentile(&times[2], percent).as_secs_f64();
    println!(
        "  while listing, with a state file: {:.2} times the median, {:.2} times the p99",
        delay(50),
        delay(99)
    );
    holds("a write while listing is not delayed by the state file", delay(50) <= MOST_DELAY)
}

fn holds(what: &str, holds: bool) -> bool {
    println!("  {}: {what}", if holds { "holds" } else { "MISSED" });
    holds
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn median(times: &[Duration]) -> Duration {
    percentile(times, 50)
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[(times.len() - 1) * percent / 100]
}

/// An organization such as companies have.
fn document(users: usize, groups: usize) -> String {
    let user = |n: usize| {
        json!({
            "username": format!("user.name{n}"),
            "email": format!("user.name{n}@example.com"),
            "firstname": format!("Forename{}", n % 500),
            "lastname": format!("Surname{n}"),
            "displayname": format!("Forename{} Surname{n}", n % 500),
            "department": format!("Department {}", n % 60),
            "jobTitle": format!("Job {}", n % 300),
            "employeeIdentifier": format!("E-{n:06}"),
            "costCenter": format!("CC-{}", n % 90),
            "company": "Example Corp",
            "location": "Prague",
            "state": "ACTIVATED",
            "attributes": [
                { "name": "adObjectGuid", "value": format!("0c0a9194-57ec-4413-824e-{n:012}") },
                { "name": "adDomain", "value": "corp.example.com" },
                { "name": "costCode", "value": format!("ENG{}", n % 90) },
            ],
            "phoneNumbers": [{ "type": "work", "number": format!("+420 {n:09}") }],
        })
    };
    let members = |n: usize| {
        (0..20)
            .map(|k| format!("user.name{}", (n * 37 + k * 101) % users))
            .collect::<std::collections::BTreeSet<String>>()
    };
    let group = |n: usize| json!({ "name": format!("Group {n}"), "members": members(n) });
    let (users, groups): (Vec<Value>, Vec<Value>) =
        ((0..users).map(user).collect(), (0..groups).map(group).collect());
    json!({ "users": users, "groups": groups }).to_string()
}

fn open(path: &Path) -> (State, StateFile) {
    let (state, file) = StateFile::open(path).unwrap();
    (state.unwrap(), file)
}

fn start(runtime: &Runtime, state: State, state_file: Option<StateFile>) -> Sandbox {
    runtime.block_on(Sandbox::start(state, Options { state_file, ..Options::default() })).unwrap()
}

/// A server that answers each page with its text.
fn serve_bare(runtime: &Runtime, pages: Vec<Bytes>) -> SocketAddr {
    let pages = Arc::new(pages);
    let router = Router::new().fallback(async move |uri: Uri| {
        let skip = uri.query().unwrap().split('&').find_map(|part| part.strip_prefix("skip=")).unwrap();
        ([(CONTENT_TYPE, "application/json")], pages[skip.parse::<usize>().unwrap() / PAGE].clone())
    });
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        address
    })
}

/// The paths of all pages of users.
fn pages(order: &str, users: usize) -> impl Iterator<Item = String> + Clone {
    (0..users).step_by(PAGE).map(move |skip| format!("/api/systemusers?limit={PAGE}&skip={skip}{order}"))
}

/// The ids of some users.
fn ids(client: &mut Client) -> Vec<String> {
    let paths: Vec<String> = pages("&sort=_id&fields=_id", USERS).step_by(10).collect();
    let lists = paths.iter().map(|path| serde_json::from_slice::<Value>(client.get(path)).unwrap());
    lists
        .flat_map(|list| list["results"].as_array().unwrap().clone())
        .map(|user| user["_id"].as_str().unwrap().to_owned())
        .collect()
}

/// A client that does next to nothing itself.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 4 << 20] }
    }

    fn get_all(&mut self, paths: &[String]) {
        for path in paths {
            self.get(path);
        }
    }

    fn get(&mut self, path: &str) -> &[u8] {
        self.call(&format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n"))
    }

    fn write(&mut self, id: &str, title: &str) {
        let body = format!("{{\"jobTitle\":\"{title}\"}}");
        let length = body.len();
        self.call(&format!(
            "PUT /api/systemusers/{id} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
    }

    /// Sends a request, and gives the body of its answer, which must be a good one.
    fn call(&mut self, request: &str) -> &[u8] {
        self.stream.write_all(request.as_bytes()).unwrap();
        let (mut filled, mut body) = (0, None);
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).unwrap();
            assert!(read > 0, "the connection was closed");
            filled += read;
            if body.is_none() {
                let head = self.buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n");
                body = head.map(|end| {
                    let head = std::str::from_utf8(&self.buffer[..end]).unwrap();
                    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                    end + 4..end + 4 + length.parse::<usize>().unwrap()
                });
            }
            if let Some(body) = body.clone().filter(|body| body.end == filled) {
                return &self.buffer[body];
            }
        }
    }
}
