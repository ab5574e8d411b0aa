//! What a run recorded, as an event file for TensorBoard: losses and rates as scalars, parameters as histograms, the
//! recipe and the samples as text.
//!
//! The file is TFRecord (a length, its checksum, an event, its checksum), an event a protocol buffer message of which a
//! dozen fields are used: written by hand here, as a library for them would be larger than the rest of the laboratory.

use std::time::{SystemTime, UNIX_EPOCH};

use gradus_train::store::{Run, Store};
use gradus_train::{Error, state};

/// The event file of a run.
///
/// # Errors
/// Where the run's records cannot be read.
pub fn events(store: &Store, run: &Run) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let start = run.created() as f64;
    record(&mut file, &Message::new().double(1, start).text(3, "brain.Event:2"));
    for (metric, _) in store.last_metrics(run)? {
        for (step, value) in store.metric(run, &metric)? {
            event(&mut file, start, step, &Message::new().text(1, &metric).float(2, value as f32));
        }
    }
    for step in run.checkpoints()? {
        let Some((step, checkpoint)) = run.checkpoint(Some(step))? else { continue };
        let own = |name: &str| !name.starts_with("optimizer/") && !name.starts_with("random/");
        for entry in checkpoint.entries.iter().filter(|entry| own(&entry.name)) {
            let numbers = state::to_tensor(entry).map_err(Error::Damaged)?.to_vec::<f64>();
            let value = Message::new().text(1, &format!("parameters/{}", entry.name)).message(5, &histogram(&numbers));
            event(&mut file, start, step, &value);
        }
    }
    let recipe = format!("```\n{}\n```", run.recipe()?.to_toml().trim());
    event(&mut file, start, 0, &text("recipe", &recipe));
    if let Some(samples) = run.samples() {
        event(&mut file, start, run.step(), &text("samples", &format!("```\n{}\n```", samples.trim_end())));
    }
    Ok(file)
}

/// The name that TensorBoard finds an event file by.
pub fn file_name(run: &Run) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
    format!("events.out.tfevents.{now}.{}", run.name())
}

/// One value at a step.
fn event(file: &mut Vec<u8>, time: f64, step: u64, value: &Message) {
    record(
        file,
        &Message::new().double(1, time + step as f64).int(2, step).message(5, &Message::new().message(1, value)),
    );
}

/// A summary value that holds text.
fn text(tag: &str, text: &str) -> Message {
    let plugin = Message::new().message(1, &Message::new().text(1, "text"));
    let shape = Message::new().message(2, &Message::new().int(1, 1));
    let tensor = Message::new().int(1, 7).message(2, &shape).text(8, text); // type 7: strings
    Message::new().text(1, tag).message(8, &tensor).message(9, &plugin)
}

/// Numbers counted in 30 bins of equal width.
fn histogram(numbers: &[f64]) -> Message {
    const BINS: usize = 30;
    let finite = || numbers.iter().copied().filter(|x| x.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
    let width = if high > low { (high - low) / BINS as f64 } else { 1.0 };
    let mut counts = [0.0; BINS];
    for x in finite() {
        counts[(((x - low) / width) as usize).min(BINS - 1)] += 1.0;
    }
    let limits: Vec<f64> = (1..=BINS).map(|i| low + width * i as f64).collect();
    Message::new()
        .double(1, low)
        .double(2, high)
        .double(3, finite().count() as f64)
        .double(4, finite().sum())
        .double(5, finite().map(|x| x * x).sum())
        .doubles(6, &limits)
        .doubles(7, &counts)
}

/// A protocol buffer message being written.
struct Message(Vec<u8>);

impl Message {
    fn new() -> Self {
        Message(Vec::new())
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn int(mut self, field: u64, value: u64) -> Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    fn double(mut self, field: u64, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn float(mut self, field: u64, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn message(self, field: u64, message: &Message) -> Self {
        self.bytes(field, &message.0)
    }

    fn doubles(self, field: u64, values: &[f64]) -> Self {
        let packed: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(field, &packed)
    }
}

/// TFRecord: length, checksum of the length, data, checksum of the data.
fn record(file: &mut Vec<u8>, message: &Message) {
    let length = (message.0.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_crc(&length).to_le_bytes());
    file.extend(&message.0);
    file.extend(masked_crc(&message.0).to_le_bytes());
}

/// CRC-32C, turned and shifted as TFRecord wants it: a checksum of data that hold checksums would be weak otherwise.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Castagnoli's polynomial, bit-reversed, a bit at a time: the files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_castagnolis() {
        // RFC 3720, B.4
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn numbers_are_counted_wherever_they_lie() {
        for numbers in [&[][..], &[1.0], &[f64::NAN, f64::INFINITY], &[-1.0, 0.0, 1.0, 1.0]] {
            assert!(!histogram(numbers).0.is_empty());
        }
    }

    #[test]
    fn a_message_is_a_protocol_buffer() {
        let message = Message::new().int(1, 300).text(2, "ab").float(3, 1.0);
        assert_eq!(message.0, [0x08, 0xac, 0x02, 0x12, 2, b'a', b'b', 0x1d, 0, 0, 0x80, 0x3f]);
    }
}
