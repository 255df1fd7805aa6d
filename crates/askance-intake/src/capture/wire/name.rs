//! Names on the wire, with compression (RFC 1035 §4.1.4).

use askance_record::{Name, NameError};

use super::Bad;

/// Jumps that one name may take: more than a name has labels is a waste of time by intent.
const JUMPS_MAX: u32 = 127;

/// Reads the name at `at` into `name`; returns where its own octets end.
pub(crate) fn read_name(octets: &[u8], at: usize, name: &mut Name) -> Result<usize, Bad> {
    name.clear();
    let end = walk(octets, at, |label| name.push_label(label))?;
    name.finish();
    Ok(end)
}

/// Steps over the name at `at`, checking it; returns where its own octets end.
pub(crate) fn skip_name(octets: &[u8], at: usize) -> Result<usize, Bad> {
    // The question's name was checked already.
    if octets.get(at..at + 2) == Some(&[0xc0, 12]) {
        return Ok(at + 2);
    }
    let mut len = 1;
    walk(octets, at, |label| {
        len += 1 + label.len();
        if len > 255 { Err(NameError::NameTooLong) } else { Ok(()) }
    })
}

/// Visits the labels of the name at `at`. A pointer must lead to before the run of labels that it ends:
/// one that leads into its own run is a loop by construction.
fn walk(octets: &[u8], at: usize, mut visit: impl FnMut(&[u8]) -> Result<(), NameError>) -> Result<usize, Bad> {
    let (mut run, mut at, mut end, mut jumps) = (at, at, None, 0);
    loop {
        let len = *octets.get(at).ok_or(Bad::Ends)?;
        match len >> 6 {
            0 if len == 0 => return Ok(end.unwrap_or(at + 1)),
            0 => {
                let label = octets.get(at + 1..at + 1 + usize::from(len)).ok_or(Bad::Ends)?;
                visit(label).map_err(|e| Bad::Rule(e.as_str()))?;
                at += 1 + label.len();
            }
            3 => {
                let low = *octets.get(at + 1).ok_or(Bad::Ends)?;
                let target = usize::from(u16::from_be_bytes([len & 0x3f, low]));
                end = end.or(Some(at + 2));
                jumps += 1;
                if target >= run || jumps > JUMPS_MAX {
                    return Err(Bad::Rule(if target > at {
                        "compression pointer forwards"
                    } else {
                        "compression loop"
                    }));
                }
                (run, at) = (target, target);
            }
            _ => return Err(Bad::Rule("label of an unknown type")),
        }
    }
}
