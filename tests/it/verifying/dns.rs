//! A name server with a few records, on this machine.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What it says of a name; of all others that there is no such name.
#[derive(Clone)]
pub enum Answer {
    Text(String),
    /// The server has failed.
    Failure,
    Silence,
}

/// Answers until the tests end.
pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl NameServer {
    pub fn with(records: impl IntoIterator<Item = (String, Answer)>) -> NameServer {
        let records: BTreeMap<String, Answer> = records.into_iter().collect();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut question = [0; 1_500];
            loop {
                let (length, from) = socket.recv_from(&mut question).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                if let Some(answer) = answer(&question[..length], &records) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        NameServer { address, asked }
    }

    /// How many questions came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The answer to a question (RFC 1035, section 4.1), with a TXT record where one is asked for and there is one.
fn answer(asked: &[u8], records: &BTreeMap<String, Answer>) -> Option<Vec<u8>> {
    let (name, end) = name(asked);
    let (code, text) = match records.get(&name) {
        Some(Answer::Text(text)) => (0, Some(text)),
        Some(Answer::Failure) => (2, None),
        Some(Answer::Silence) => return None,
        None => (3, None),
    };
    let text = text.filter(|_| asked[end..end + 2] == [0, 16]);
    let (answers, authorities) = if text.is_some() { (1, 0) } else { (0, 1) };
    let mut said = vec![asked[0], asked[1], 0x81, 0x80 | code, 0, 1, 0, answers, 0, authorities, 0, 0];
    said.extend(&asked[12..end + 4]);
    if let Some(text) = text {
        let strings: Vec<u8> = text
            .as_bytes()
            .chunks(255)
            .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat())
            .collect();
        // the question's name, TXT, IN, for an hour
        said.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 14, 16]);
        said.extend(u16::try_from(strings.len()).unwrap().to_be_bytes());
        said.extend(strings);
    } else {
        // the root's SOA, IN, for an hour: so long the name is not asked about again (RFC 2308)
        said.extend([0, 0, 6, 0, 1, 0, 0, 14, 16, 0, 22, 0, 0]);
        said.extend([0, 0, 14, 16].repeat(5));
    }
    Some(said)
}

/// The name that is asked about, in lower case, and where it ends.
fn name(asked: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while asked[at] > 0 {
        let next = at + 1 + usize::from(asked[at]);
        labels.push(String::from_utf8_lossy(&asked[at + 1..next]).to_lowercase());
        at = next;
    }
    (labels.join("."), at + 1)
}
