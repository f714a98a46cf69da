//! The token of the control API that nephos makes itself.

use super::Config;
use rand::TryRng as _;
use rand::rngs::SysRng;

/// The number of random bytes in the token.
const LENGTH: usize = 24;

impl Config {
    /// Makes a token, sets it and returns it, if the control API can be reached from other machines, has no token, and
    /// is not open. Fails if the operating system has no random numbers.
    pub fn make_control_token(&mut self) -> Result<Option<String>, String> {
        if !self.is_control_exposed() || self.control_open || self.control_token.is_some() {
            return Ok(None);
        }
        let mut bytes = [0; LENGTH];
        let filled = SysRng.try_fill_bytes(&mut bytes);
        filled.map_err(|error| format!("no random numbers for the token of the control API: {error}"))?;
        self.control_token = Some(hex::encode(bytes));
        Ok(self.control_token.clone())
    }
}
