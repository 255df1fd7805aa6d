//! Where a file differs from what it was.

use core::fmt;
use std::io::{self, Read};

use serde::Serialize;

use super::tree::{FileTree, TreeHasher};
use crate::claims::grouped;

/// How much is read at a time.
const BUFFER_OCTETS: usize = 64 << 10;

/// Where a file differs from an earlier one.
///
/// Places are as coarse as parts: what is said to differ holds every change, and some octets around it
/// that may be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Octets that the file had.
    pub size_then: u64,
    /// Octets that it has.
    pub size_now: u64,
    /// Octets of a part.
    pub part_octets: u64,
    /// How many parts the file had.
    pub parts: u64,
    /// How many of them are not found again.
    pub parts_differ: u64,
    /// What differs, in order.
    pub places: Vec<Place>,
}

/// A run of octets that were others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The octets that were there: the first, and the one behind the last.
    pub then: [u64; 2],
    /// The octets that are there now; empty where some were only taken out.
    pub now: [u64; 2],
    /// First and last line of those that were there; absent where the file is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<[u64; 2]>,
}

/// Finds where a file differs from the tree that was kept of it.
///
/// A file of the same size is compared part by part. Of one that grew or shrank, what is the same at its beginning
/// and, moved by what is more or less, at its end is found; what lies between is one place.
///
/// Cost: two readings at most; it holds a buffer and the parts.
///
/// - `earlier`: a tree out of a document that was checked
/// - `now`: octets of the file
/// - `open`: opens the file at an octet
/// - returns: none where nothing differs
///
/// # Errors
/// What `open` or the reading gives.
pub fn difference<R: Read>(
    earlier: &FileTree,
    now: u64,
    open: &mut dyn FnMut(u64) -> io::Result<R>,
) -> io::Result<Option<Difference>> {
    let common = earlier.size.min(now);
    let found = parts(earlier, open(0)?.take(common))?;
    let same = |i: usize| found.get(i) == earlier.parts.get(i);
    let (count, part) = (earlier.parts.len(), earlier.part_octets);
    let places = if now == earlier.size {
        let mut runs: Vec<[usize; 2]> = Vec::new();
        for i in (0..count).filter(|i| !same(*i)) {
            match runs.last_mut() {
                Some(run) if run[1] == i => run[1] += 1,
                _ => runs.push([i, i + 1]),
            }
        }
        runs
    } else {
        let before = (0..count).take_while(|i| same(*i)).count();
        let after = if before == count { 0 } else { same_after(earlier, before, now, open)? };
        vec![[before, count - after]]
    };
    if places.is_empty() {
        return Ok(None);
    }
    let parts_differ = places.iter().map(|[a, b]| (b - a) as u64).sum();
    let places = places
        .into_iter()
        .map(|[first, end]| {
            let then = [first, end].map(|i| (i as u64).saturating_mul(part).min(earlier.size));
            // What follows moved by what is more or less, and keeps its distance from the end.
            let now = [then[0].min(now), now - (earlier.size - then[1])];
            Place { then, now, lines: earlier.lines_of(first, end).filter(|_| first < end) }
        })
        .collect();
    let (size_then, parts) = (earlier.size, count as u64);
    Ok(Some(Difference { size_then, size_now: now, part_octets: part, parts, parts_differ, places }))
}

/// How many parts at the end are the same, moved by what the file has more or fewer.
///
/// - `before`: parts that are the same at the beginning
fn same_after<R: Read>(
    earlier: &FileTree,
    before: usize,
    now: u64,
    open: &mut dyn FnMut(u64) -> io::Result<R>,
) -> io::Result<usize> {
    let fewer = earlier.size.saturating_sub(now);
    let part = earlier.part_octets;
    // The first part behind what is the same at the beginning, in the earlier file and in this one.
    let first = before as u64 + fewer.div_ceil(part);
    if first >= earlier.parts.len() as u64 {
        return Ok(0);
    }
    let from = first * part + now.saturating_sub(earlier.size) - fewer;
    let found = parts(earlier, open(from)?.take(earlier.size - first * part))?;
    Ok(found.iter().rev().zip(earlier.parts.iter().rev()).take_while(|(a, b)| a == b).count())
}

fn parts(earlier: &FileTree, mut octets: impl Read) -> io::Result<Vec<super::NodeHash>> {
    let mut hasher = TreeHasher::like(earlier);
    let mut buffer = vec![0; BUFFER_OCTETS];
    loop {
        match octets.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish(&earlier.path).parts),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// How many places are told in words.
const PLACES_SHOWN: usize = 8;

impl fmt::Display for Difference {
    /// One or two lines for each place, and one that counts the parts that differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.places.iter().take(PLACES_SHOWN).map(|p| self.place(p)).collect();
        if let Some(last) = self.places.last().filter(|_| self.places.len() > PLACES_SHOWN) {
            let more = self.places.len() - PLACES_SHOWN;
            lines.push(format!(
                "and at {more} more places, the last of which ends at octet {}",
                grouped(last.then[1] - 1)
            ));
        }
        if self.parts_differ > 0 {
            let (differ, parts) = (grouped(self.parts_differ), grouped(self.parts));
            lines.push(format!("{differ} of {parts} parts of {} octets", grouped(self.part_octets)));
        }
        f.write_str(&lines.join("\n"))
    }
}

impl Difference {
    fn place(&self, place: &Place) -> String {
        let ([from, to], [_, to_now]) = (place.then, place.now);
        let lines = match place.lines {
            Some([a, b]) if a == b => format!(" (line {})", grouped(a)),
            Some([a, b]) => format!(" (lines {} to {})", grouped(a), grouped(b)),
            None => String::new(),
        };
        let octets = |n: u64| if n == 1 { "1 octet".to_owned() } else { format!("{} octets", grouped(n)) };
        let range = |a: u64, b: u64| match b - a {
            1 => format!("octet {}", grouped(a)),
            _ => format!("octets {} to {}", grouped(a), grouped(b - 1)),
        };
        if self.size_now == self.size_then {
            return format!("{}{lines} differ", range(from, to));
        }
        let (more, fewer) =
            (self.size_now.saturating_sub(self.size_then), self.size_then.saturating_sub(self.size_now));
        if self.size_then == 0 {
            return format!("it was empty and has {} now", octets(more));
        }
        if self.size_now == 0 {
            return format!("it is empty now and had {}", octets(fewer));
        }
        if from == self.size_then {
            return format!("longer by {}: the first {} are as they were", octets(more), grouped(from));
        }
        if to == self.size_then && to_now == from {
            return format!("cut short by {}{lines}:\nthe first {} are as they were", octets(fewer), grouped(from));
        }
        let behind = match (to == self.size_then, more) {
            (true, _) => "nothing follows",
            (false, 0) => &format!("what follows is as it was, {} earlier", octets(fewer)),
            (false, _) => &format!("what follows is as it was, {} later", octets(more)),
        };
        if to == from {
            return format!("{} new at octet {};\n{behind}", octets(more), grouped(from));
        }
        if to_now == from {
            return format!("{}{lines} are gone;\n{behind}", range(from, to));
        }
        format!("{}{lines} are now {};\n{behind}", range(from, to), octets(to_now - from))
    }
}

#[cfg(test)]
mod tests;
