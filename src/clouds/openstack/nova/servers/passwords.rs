//! Passwords and other made-up words of servers.

use crate::engine::{Context, Id};

/// What can be told apart by eye (`DEFAULT_PASSWORD_SYMBOLS`).
const DIGITS: &[u8] = b"23456789";
const CAPITALS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const SMALL: &[u8] = b"abcdefghijkmnopqrstuvwxyz";

/// A password of twelve letters, of each kind at least one (`utils.generate_password`).
pub fn generate(ctx: &mut Context) -> String {
    let bytes: [u8; 12] = ctx.bytes();
    let groups = [DIGITS, CAPITALS, SMALL];
    let all: Vec<u8> = groups.concat();
    let letter = |at: usize, byte: u8| {
        let symbols = groups.get(at).copied().unwrap_or(&all);
        char::from(symbols.get(usize::from(byte) % symbols.len()).copied().unwrap_or(b'x'))
    };
    bytes.iter().enumerate().map(|(at, byte)| letter(at, *byte)).collect()
}

/// `r-ta7kqmvd`: what the servers of one request have in common.
pub fn reservation_id(ctx: &mut Context) -> Id {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let bytes: [u8; 8] = ctx.bytes();
    let letter = |byte: &u8| char::from(LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().unwrap_or(b'r'));
    format!("r-{}", bytes.iter().map(letter).collect::<String>()).into()
}
