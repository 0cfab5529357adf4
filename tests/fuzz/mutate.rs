//! Inputs that nobody wrote, made of those that somebody did.

use std::ops::Range;

use fastrand::Rng;

use crate::seeds::Seeds;
use crate::targets::Target;

/// Longest input, in bytes. Templates are filled, which takes longer than to read them.
const fn longest(target: Target) -> usize {
    if matches!(target, Target::Template) { 5_000 } else { 200_000 }
}

/// One of so many inputs is nested or repeated without measure.
const ONE_IS_DEEP: usize = 500;

/// Characters in which terminals, editors and parsers do not agree.
const ODD: [char; 12] = [
    '\0',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{300}',
    '\u{200d}',
    '\u{2028}',
    '\u{202e}',
    '\u{feff}',
    '\u{fffd}',
    '\u{e0041}',
];

/// The input of a random number generator: the same for the same state of it.
pub(crate) fn input(target: Target, seeds: &Seeds, rng: &mut Rng) -> Vec<u8> {
    let mut input = if rng.usize(..12) == 0 {
        (0..rng.usize(1..12)).flat_map(|_| word(seeds, rng).bytes()).collect()
    } else {
        seed(seeds, rng).to_vec()
    };
    for _ in 0..rng.usize(1..7) {
        mutate(&mut input, seeds, rng);
    }
    if rng.usize(..ONE_IS_DEEP) == 0 {
        deepen(&mut input, seeds, rng);
    }
    input.truncate(longest(target));
    input
}

fn seed<'s>(seeds: &'s Seeds, rng: &mut Rng) -> &'s [u8] {
    &seeds.inputs[rng.usize(..seeds.inputs.len())]
}

fn word(seeds: &Seeds, rng: &mut Rng) -> &'static str {
    seeds.words[rng.usize(..seeds.words.len())]
}

fn mutate(input: &mut Vec<u8>, seeds: &Seeds, rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    match rng.usize(..14) {
        0 => {
            let range = some_bytes(input, 1, rng);
            input[range].iter_mut().for_each(|byte| *byte ^= 1 << rng.u8(..8));
        }
        1 => input.insert(at, rng.u8(..)),
        2 => drop(input.drain(some_bytes(input, 8, rng))),
        3 => drop(input.drain(some_bytes(input, 200, rng))),
        4 => {
            let piece = input[some_bytes(input, 60, rng)].to_vec();
            let times = rng.usize(1..5);
            insert(input, at, &piece.repeat(times));
        }
        5 | 6 => insert(input, at, word(seeds, rng).as_bytes()),
        7 => {
            let token = token_at(input, at);
            input.splice(token, word(seeds, rng).bytes());
        }
        8 => drop(input.drain(token_at(input, at))),
        9 => {
            let other = seed(seeds, rng);
            let piece = other[some_bytes(other, 400, rng)].to_vec();
            insert(input, at, &piece);
        }
        10 => {
            let other = seed(seeds, rng);
            let line = other[line_at(other, rng.usize(..=other.len()))].to_vec();
            insert(input, line_at(input, at).start, &line);
        }
        11 => {
            let line = input.drain(line_at(input, at)).collect::<Vec<u8>>();
            // Gone, or there twice, or elsewhere.
            for _ in 0..rng.usize(..3) {
                let place = rng.usize(..=input.len());
                insert(input, line_at(input, place).start, &line);
            }
        }
        12 => {
            let odd = ODD[rng.usize(..ODD.len())];
            insert(input, at, odd.encode_utf8(&mut [0; 4]).as_bytes());
        }
        _ => input.truncate(at),
    }
}

/// Repeats a word or a piece a great many times.
fn deepen(input: &mut Vec<u8>, seeds: &Seeds, rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let mut piece = word(seeds, rng).as_bytes().to_vec();
    if rng.bool() {
        piece.extend(word(seeds, rng).bytes());
    }
    if rng.usize(..4) == 0 {
        piece = input[some_bytes(input, 20, rng)].to_vec();
    }
    let times = 1 << rng.usize(4..15);
    insert(input, at, &piece.repeat(times));
    if rng.bool() {
        let close = word(seeds, rng).as_bytes().repeat(times);
        input.extend(close);
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}

/// At most so many bytes that follow each other.
fn some_bytes(input: &[u8], most: usize, rng: &mut Rng) -> Range<usize> {
    let start = rng.usize(..=input.len());
    let length = rng.usize(..=most.min(input.len() - start));
    start..start + length
}

/// The word or the single other byte at a place.
fn token_at(input: &[u8], at: usize) -> Range<usize> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || *byte >= 0x80;
    let before = input[..at].iter().rev().take_while(|byte| is_word(byte)).count();
    let behind = input[at..].iter().take_while(|byte| is_word(byte)).count();
    let end = if before + behind == 0 { (at + 1).min(input.len()) } else { at + behind };
    at - before..end
}

/// The line at a place, with its end.
fn line_at(input: &[u8], at: usize) -> Range<usize> {
    let start = input[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = input[at..].iter().position(|byte| *byte == b'\n').map_or(input.len(), |end| at + end + 1);
    start..end
}
