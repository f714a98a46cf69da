//! Generated passwords and reservation ids.

use crate::engine::{Context, Id};

/// Characters that are easy to tell apart (`DEFAULT_PASSWORD_SYMBOLS`).
const DIGITS: &[u8] = b"23456789";
const UPPERCASE: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWERCASE: &[u8] = b"abcdefghijkmnopqrstuvwxyz";

/// A password of twelve characters with at least one of each group (`utils.generate_password`).
pub fn generate(ctx: &mut Context) -> String {
    let bytes: [u8; 12] = ctx.secret("password");
    let groups = [DIGITS, UPPERCASE, LOWERCASE];
    let all: Vec<u8> = groups.concat();
    let letter = |at: usize, byte: u8| {
        let symbols = groups.get(at).copied().unwrap_or(&all);
        char::from(symbols.get(usize::from(byte) % symbols.len()).copied().unwrap_or(b'x'))
    };
    bytes.iter().enumerate().map(|(at, byte)| letter(at, *byte)).collect()
}

/// The id that all servers of one create request share, for example `r-ta7kqmvd` (`utils.generate_uid`).
pub fn reservation_id(ctx: &mut Context) -> Id {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let bytes: [u8; 8] = ctx.bytes();
    let letter = |byte: &u8| char::from(LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().unwrap_or(b'r'));
    format!("r-{}", bytes.iter().map(letter).collect::<String>()).into()
}
