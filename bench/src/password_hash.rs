//! How fast these cores hash passwords: Argon2id, 19 MiB, two passes, each thread using its memory again.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// How many cores hash.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

/// Hashes, and prints how often.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    let began = Instant::now();
    let ends = began + Duration::from_secs_f64(wanted.seconds);
    let threads: Vec<_> = (0..wanted.threads).map(|_| std::thread::spawn(move || until(ends))).collect();
    let mut hashes = 0;
    for thread in threads {
        hashes += thread.join().map_err(|_| anyhow::anyhow!("a thread ended early"))??;
    }
    println!("{}", serde_json::json!({ "per_second": hashes as f64 / began.elapsed().as_secs_f64() }));
    Ok(())
}

fn until(ends: Instant) -> anyhow::Result<u64> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut hashes, mut output) = (0, [0; 32]);
    while Instant::now() < ends {
        argon2
            .hash_password_into_with_memory(
                b"measured-on-a-quiet-afternoon",
                &[7; 16],
                &mut output,
                &mut memory,
            )
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        hashes += 1;
    }
    Ok(hashes)
}
