//! The standard streams.

use std::io::{self, BufRead, Read, Write};

/// Copies stdin to stdout, and tells stderr how many bytes that were.
pub fn copy() -> io::Result<()> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = [0; 8192];
    let mut total = 0u64;
    loop {
        let n = stdin.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        stdout.write_all(&buffer[..n])?;
        total += n as u64;
    }
    stdout.flush()?;
    eprintln!("{total} bytes");
    Ok(())
}

/// Answers each line at once, in upper case.
pub fn lines() -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(stdout, "{}", line?.to_uppercase())?;
        stdout.flush()?;
    }
    Ok(())
}

/// Writes `total` bytes, `x` throughout, 4 KiB at a time.
pub fn write(total: u64) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let block = [b'x'; 4096];
    let mut left = total;
    while left > 0 {
        let n = left.min(block.len() as u64);
        stdout.write_all(&block[..n as usize])?;
        left -= n;
    }
    stdout.flush()
}
