//! The high-water mark: a file that is no mark is never taken for a missing one, and a mark is written as it is read.

use countersign_server::high_water::{HighWater, HighWaterError};

pub(crate) fn run(data: &[u8]) {
    let high_water = HighWater::at(crate::shm::file(data));
    match high_water.read() {
        Ok(None) => panic!("a file that is there is not missing"),
        Ok(Some(mark)) => {
            high_water.replace(&mark).unwrap();
            assert_eq!(high_water.read().unwrap(), Some(mark));
        }
        Err(HighWaterError::Malformed { .. }) => {}
        Err(why @ HighWaterError::Io { .. }) => panic!("{why}"),
    }
}
