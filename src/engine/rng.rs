//! Saves and loads the state of a random generator, as `#[serde(with = "rng")]`.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    seed: [u8; 32],
    /// A 68-bit number as text, since JSON numbers are less precise.
    position: String,
}

pub fn serialize<S: Serializer>(rng: &ChaCha8Rng, serializer: S) -> Result<S::Ok, S::Error> {
    Saved { seed: rng.get_seed(), position: rng.get_word_pos().to_string() }.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChaCha8Rng, D::Error> {
    let saved = Saved::deserialize(deserializer)?;
    let mut rng = ChaCha8Rng::from_seed(saved.seed);
    rng.set_word_pos(
        saved.position.parse().map_err(|_| D::Error::custom("the position of the generator is not a number"))?,
    );
    Ok(rng)
}
