//! A mail server that takes everything and remembers it (RFC 5321, as little as a client needs).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// One mail, each time it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The part of its `Message-ID` before the `@`.
    pub id: String,
    /// Its recipient.
    pub to: String,
}

/// The server. Its threads end with the test.
pub struct MailServer {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    taken: Mutex<Vec<Mail>>,
    /// How many more mails are taken whose sender is told so: `None` is all of them.
    telling: Mutex<Option<usize>>,
    changed: Condvar,
}

/// How long a mail takes: long enough that a kill often falls into it.
const WORK: Duration = Duration::from_millis(5);

impl MailServer {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&served);
                // A client that is killed in the middle is what this is for.
                thread::spawn(move || shared.converse(&stream).ok());
            }
        });
        Self { port, shared }
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Every mail that was taken, in order.
    pub fn taken(&self) -> Vec<Mail> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// From now on mails are taken, but their senders do not hear of it.
    pub fn hold(&self) {
        *self.shared.telling.lock().unwrap() = Some(0);
    }

    /// All senders hear of it again, those that wait too.
    pub fn release(&self) {
        *self.shared.telling.lock().unwrap() = None;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn converse(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let mut to = String::new();
        tell(stream, "220 mail.test")?;
        while let Some(line) = lines.next().transpose()? {
            let command = line.to_ascii_uppercase();
            match command.split([' ', ':']).next().unwrap_or_default() {
                "DATA" => {
                    tell(stream, "354 go on")?;
                    let mut mail = Mail { id: String::new(), to: std::mem::take(&mut to) };
                    for text in lines.by_ref() {
                        let text = text?;
                        if text == "." {
                            break;
                        }
                        if let Some(id) = header(&text, "message-id:") {
                            mail.id = id.trim_start_matches('<').split('@').next().unwrap_or(id).to_owned();
                        }
                    }
                    self.take(mail);
                    tell(stream, "250 taken")?;
                }
                "QUIT" => return tell(stream, "221 bye"),
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    tell(stream, "250 ok")?;
                }
                _ => tell(stream, "250 ok")?,
            }
        }
        Ok(())
    }

    fn take(&self, mail: Mail) {
        thread::sleep(WORK);
        self.taken.lock().unwrap().push(mail);
        let telling = self.telling.lock().unwrap();
        drop(self.changed.wait_while(telling, |telling| *telling == Some(0)).unwrap());
    }
}

fn header<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let start = line.get(..name.len())?;
    start.eq_ignore_ascii_case(name).then(|| line[name.len()..].trim())
}

fn tell(mut stream: &TcpStream, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes())
}
