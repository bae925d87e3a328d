use std::convert::Infallible;

use bytes::Bytes;
use daemun_model::{MediaType, SeededRandom, Timestamp};
use futures_util::stream;
use tokio::io::AsyncReadExt;

use super::*;
use crate::Expected;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR and the rest";
const EXPECTED: Expected = Expected { media: MediaType::Png, size: None, max_bytes: 1000 };
const UPLOAD: &str = "a/b.png";

struct Ground {
    folder: tempfile::TempDir,
    local: Local,
    random: SeededRandom,
}

fn ground() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).unwrap();
    Ground { folder, local, random: SeededRandom::new(1) }
}

impl Ground {
    fn name(&self) -> Name {
        Name::new(Timestamp(1_000), &self.random)
    }

    async fn send(
        &self,
        name: &Name,
        expected: Expected,
        parts: &[&'static [u8]],
    ) -> Result<crate::Arrived, String> {
        let body = stream::iter(parts.iter().map(|part| Ok::<_, Infallible>(Bytes::from_static(part))));
        self.local.receive(UPLOAD, name, expected, body).await.map_err(|fault| fault.to_string())
    }

    /// Every file below the folder.
    fn left(&self) -> Vec<String> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path.display().to_string()) }
            }
        }
        files
    }

    async fn content(&self, name: &Name) -> Option<Vec<u8>> {
        let mut opened = self.local.read(name).await.unwrap()?;
        let mut content = Vec::new();
        opened.file.read_to_end(&mut content).await.unwrap();
        assert_eq!(opened.size, content.len() as u64);
        Some(content)
    }
}

#[test]
fn nodes_open_one_folder_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let open = || (0..200).try_for_each(|_| Local::open(folder.path()).map(drop));
    std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        for node in nodes {
            node.join().unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn what_arrives_in_pieces_is_kept_whole_and_can_be_read_before_and_after_it_is_settled() {
    let ground = ground();
    let name = ground.name();
    let arrived = ground.send(&name, EXPECTED, &[&PNG[..3], &PNG[3..20], &PNG[20..]]).await.unwrap();
    assert_eq!(arrived.size, PNG.len() as u64);
    assert_eq!(arrived.digest.len(), 64);
    assert_eq!(ground.content(&name).await.as_deref(), Some(PNG));
    assert_eq!(ground.local.unsettled(2_000, 10).await.unwrap(), std::slice::from_ref(&name));
    assert_eq!(ground.local.unsettled(1_000, 10).await.unwrap(), []);
    for _ in 0..2 {
        ground.local.settle(&name).await.unwrap();
        assert_eq!(ground.content(&name).await.as_deref(), Some(PNG));
        assert_eq!(ground.local.unsettled(2_000, 10).await.unwrap(), []);
    }
    for _ in 0..2 {
        ground.local.remove(&name).await.unwrap();
        assert_eq!(ground.content(&name).await, None);
    }
    assert_eq!(ground.left(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_as_expected_leaves_nothing() {
    let ground = ground();
    let sized = |size| Expected { size: Some(size), ..EXPECTED };
    let small = Expected { max_bytes: 20, ..EXPECTED };
    let other = Expected { media: MediaType::Jpeg, ..EXPECTED };
    for (expected, parts, fault) in [
        (small, &[PNG][..], "it is too large"),
        (sized(PNG.len() as u64 - 1), &[PNG], "it has another size than was named"),
        (sized(PNG.len() as u64 + 1), &[PNG], "it has another size than was named"),
        (other, &[PNG], "its content is of another type"),
        (EXPECTED, &[b"<html><script>alert(1)</script></html>"], "its content is of another type"),
        (EXPECTED, &[&PNG[..15]], "its content is of another type"),
        (EXPECTED, &[], "its content is of another type"),
    ] {
        assert_eq!(ground.send(&ground.name(), expected, parts).await, Err(fault.to_owned()));
        assert_eq!(ground.left(), [""; 0]);
    }
    ground.send(&ground.name(), sized(PNG.len() as u64), &[PNG]).await.unwrap();
}

#[tokio::test]
async fn a_wrong_content_is_refused_before_the_rest_has_come() {
    let ground = ground();
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"<!DOCTYPE html><p>"))]);
    let body = futures_util::StreamExt::chain(first, stream::pending());
    let refused = ground.local.receive(UPLOAD, &ground.name(), EXPECTED, body).await;
    assert_eq!(refused.unwrap_err().to_string(), "its content is of another type");
}

#[tokio::test]
async fn what_is_cut_off_or_given_up_leaves_nothing() {
    let ground = ground();
    let cut = stream::iter([Ok(Bytes::from_static(PNG)), Err("the connection is gone")]);
    let refused = ground.local.receive(UPLOAD, &ground.name(), EXPECTED, cut).await;
    assert_eq!(refused.unwrap_err().to_string(), "it was cut off");
    assert_eq!(ground.left(), [""; 0]);

    let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(PNG))]);
    let slow = futures_util::StreamExt::chain(begun, stream::pending());
    let name = ground.name();
    let mut first = Box::pin(ground.local.receive(UPLOAD, &name, EXPECTED, slow));
    for _ in 0..100 {
        begin(&mut first).await;
    }
    drop(first);
    // A folder entry that was being made at that moment is gone a moment later, or is left to the job.
    ground.send(&ground.name(), EXPECTED, &[PNG]).await.unwrap();
}

/// Lets a future go as far as it can now: not to its end.
async fn begin<T>(future: &mut (impl Future<Output = T> + Unpin)) {
    tokio::select! {
        biased;
        _ = future => panic!("it cannot end"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn at_most_two_arrive_for_one_upload() {
    let ground = ground();
    let never = || stream::pending::<Result<Bytes, Infallible>>();
    let (one, two) = (ground.name(), ground.name());
    let mut first = Box::pin(ground.local.receive(UPLOAD, &one, EXPECTED, never()));
    let mut second = Box::pin(ground.local.receive(UPLOAD, &two, EXPECTED, never()));
    begin(&mut first).await;
    begin(&mut second).await;
    assert_eq!(
        ground.send(&ground.name(), EXPECTED, &[PNG]).await,
        Err("it is on its way already".to_owned())
    );
    drop(first);
    ground.send(&ground.name(), EXPECTED, &[PNG]).await.unwrap();
    drop(second);
}

#[test]
fn only_names_that_were_made_here_are_names() {
    let name = Name::new(Timestamp(0x1234), &SeededRandom::new(1));
    assert_eq!(Name::parse(name.as_str()), Some(name.clone()));
    assert_eq!(name.made_at(), 0x1234);
    for text in [
        "",
        "..",
        "../../etc/passwd",
        ".probe",
        "0000000000001234-",
        "0000000000001234-../../../../etc/passwd_____",
    ] {
        assert_eq!(Name::parse(text), None, "{text}");
    }
}
