//! How inputs are changed. libFuzzer changes bytes, and without coverage (a stable toolchain) it does not even know which inputs are
//! worth keeping. So each change begins with a seed now and then, and changes words, whole values and the operation as well as bytes.

use libfuzzer_sys::fuzzer_mutate;
use std::fs;
use std::path::Path;

/// What words and values are replaced by.
const WORDS: &[&str] = &[
    "null",
    "true",
    "{}",
    "[]",
    "[[]]",
    "{\"a\": []}",
    "\"\"",
    "\"x\"",
    "\"a\\r\\nb\"",
    "\"\\u0000\"",
    "0",
    "-1",
    "1.0",
    "1e30",
    "-0.0",
    "1e308",
    "2147483648",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "x",
    "%00",
    "%ff",
    "..",
    "*",
    "latest",
    "default",
    "{project}",
    "0badc0de-0000-4000-8000-000000000bad",
    "99999999999999h",
    "+262142-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "-1s",
    "1e9s",
    "{token}",
    "\u{1f4be}",
];

/// The seeds of a target, and the operations that its requests can be sent to.
pub struct Seeds {
    files: Vec<Vec<u8>>,
    operations: Vec<String>,
}

impl Seeds {
    /// The files in `fuzz/seeds/TARGET`.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn of(target: &str, operations: Vec<String>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        let mut paths: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let files: Vec<_> = paths.iter().filter_map(|path| fs::read(path).ok()).collect();
        assert!(!files.is_empty(), "{target} has seeds");
        Self { files, operations }
    }

    pub fn files(&self) -> &[Vec<u8>] {
        &self.files
    }
}

/// The same numbers for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    fn one_of<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len())]
    }
}

/// Changes the input in `data`, as `fuzz_mutator!` wants it, and returns its new length.
pub fn mutate(seeds: &Seeds, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed));
    let mut input = data[..size].to_vec();
    if size < 16 || random.below(3) == 0 {
        input.clone_from(random.one_of(&seeds.files));
    }
    for _ in 0..=random.below(3) {
        match random.below(5) {
            0 if !seeds.operations.is_empty() => another_operation(&mut input, &mut random, &seeds.operations),
            0..=3 => another_word(&mut input, &mut random),
            _ => {
                let length = input.len().min(max_size);
                data[..length].copy_from_slice(&input[..length]);
                let length = fuzzer_mutate(data, length, max_size);
                input = data[..length].to_vec();
            }
        }
    }
    let length = input.len().min(max_size);
    data[..length].copy_from_slice(&input[..length]);
    length
}

/// Replaces a word, a number, or a string with its quotes.
fn another_word(input: &mut Vec<u8>, random: &mut Random) {
    let ends = |byte: &u8| b" \n{}[]:,/?=&".contains(byte);
    let places: Vec<usize> =
        (0..input.len()).filter(|at| !ends(&input[*at]) && (*at == 0 || ends(&input[at - 1]))).collect();
    let Some(from) = places.get(random.below(places.len())) else { return };
    let to = (*from..input.len()).find(|at| ends(&input[*at])).unwrap_or(input.len());
    input.splice(*from..to, random.one_of(WORDS).bytes());
}

/// Sends one of the requests to another operation.
fn another_operation(input: &mut Vec<u8>, random: &mut Random, operations: &[String]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let requests: Vec<&str> = text.split("\n---\n").collect();
    let changed = random.below(requests.len());
    let mut line = random.one_of(operations).clone();
    while let Some((from, to)) = line.find('{').and_then(|from| Some((from, from + line[from..].find('}')?))) {
        let word = if line[from..].starts_with("{project_id}") {
            "\u{1}"
        } else {
            random.one_of(&["x", "1", "default", "\u{2}"])
        };
        line.replace_range(from..=to, word);
    }
    let line = line.replace('\u{1}', "{project}").replace('\u{2}', "11111111-1111-4111-8111-111111111111");
    let with = |(at, request): (usize, &&str)| match request.split_once('\n') {
        Some((_, rest)) if at == changed => format!("{line}\n{rest}"),
        _ => (*request).to_owned(),
    };
    let requests: Vec<String> = requests.iter().enumerate().map(with).collect();
    *input = requests.join("\n---\n").into_bytes();
}
