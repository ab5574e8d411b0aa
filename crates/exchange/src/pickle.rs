//! Python's pickles, read without running anything.
//!
//! A pickle is a program for a small stack machine, and some of its instructions call any function there is. This reader
//! knows the instructions that build plain data, and of the callables the handful that PyTorch stores tensors with;
//! these become data too. Everything else is refused by name. What it builds is bounded by the pickle's own length:
//! every value takes at least one byte to ask for, and values refer to each other by number instead of being copied.

use std::collections::HashMap;

/// A value's number in its [`Pickle`].
pub(super) type Id = usize;

/// What a pickle can hold here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A name from the allow-list: `torch.FloatStorage`.
    Global(String),
    /// A reference to a tensor's storage: the kind of numbers, and the file they are in.
    Storage {
        kind: String,
        key: String,
    },
    Tensor(TensorRef),
}

/// How a tensor lies in its storage, in elements.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TensorRef {
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// The values of a pickle.
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Reads a pickle.
    ///
    /// # Errors
    /// What is wrong, or what it would have run.
    pub(super) fn read(bytes: &[u8]) -> Result<Pickle, String> {
        let mut machine =
            Machine { bytes, at: 0, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
        let root = machine.run()?;
        Ok(Pickle { values: machine.values, root })
    }

    pub(super) fn root(&self) -> &Value {
        &self.values[self.root]
    }

    pub(super) fn get(&self, id: Id) -> &Value {
        &self.values[id]
    }

    /// The entries of a dict whose keys are texts.
    pub(super) fn entries<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let pairs = if let Value::Dict(pairs) = value { pairs.as_slice() } else { &[] };
        pairs.iter().filter_map(|&(key, value)| match self.get(key) {
            Value::Text(key) => Some((key.as_str(), self.get(value))),
            _ => None,
        })
    }

    /// The entry of a dict.
    pub(super) fn entry<'a>(&'a self, value: &'a Value, name: &str) -> Option<&'a Value> {
        self.entries(value).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Names that a pickle may mention; what they are called with becomes data.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        "collections.OrderedDict"
            | "torch._utils._rebuild_tensor_v2"
            | "torch._utils._rebuild_parameter"
            | "torch.FloatStorage"
            | "torch.DoubleStorage"
            | "torch.HalfStorage"
            | "torch.BFloat16Storage"
            | "torch.LongStorage"
            | "torch.IntStorage"
            | "torch.ShortStorage"
            | "torch.CharStorage"
            | "torch.ByteStorage"
            | "torch.BoolStorage"
            | "torch.float32"
            | "torch.float16"
            | "torch.bfloat16"
            | "torch.float64"
            | "torch.device"
    )
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Id, String> {
        loop {
            let at = self.at;
            match self.byte()? {
                0x80 => {
                    let version = self.byte()?;
                    if version > 5 {
                        return Err(format!("a pickle of protocol {version}, which is not known here"));
                    }
                }
                0x95 => drop(self.take(8)?), // FRAME
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'N' => self.push(Value::None),
                0x88 => self.push(Value::Bool(true)),
                0x89 => self.push(Value::Bool(false)),
                b'K' => {
                    let n = self.byte()?;
                    self.push(Value::Int(n.into()));
                }
                b'M' => {
                    let n = self.number(2)?;
                    self.push(Value::Int(n as i64));
                }
                b'J' => {
                    let n = self.number(4)? as u32 as i32;
                    self.push(Value::Int(n.into()));
                }
                0x8a => self.long()?,
                b'G' => {
                    let bytes: [u8; 8] = self.take(8)?.try_into().unwrap_or_default();
                    self.push(Value::Float(f64::from_be_bytes(bytes)));
                }
                b'X' => self.text(4)?,
                0x8c => self.text(1)?,
                0x8d => self.text(8)?,
                b']' => self.push(Value::List(Vec::new())),
                b')' => self.push(Value::Tuple(Vec::new())),
                b'}' => self.push(Value::Dict(Vec::new())),
                b'a' => {
                    let item = self.pop()?;
                    self.append(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.append(items)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(vec![key, value])?;
                }
                b'u' => {
                    let items = self.since_mark()?;
                    self.set_items(items)?;
                }
                b't' => {
                    let items = self.since_mark()?;
                    self.push(Value::Tuple(items));
                }
                n @ 0x85..=0x87 => {
                    let count = usize::from(n - 0x84);
                    let from = self.stack.len().checked_sub(count).ok_or("it is cut short or damaged")?;
                    let items = self.stack.split_off(from);
                    self.push(Value::Tuple(items));
                }
                b'q' => {
                    let place = self.number(1)?;
                    self.remember(place)?;
                }
                b'r' => {
                    let place = self.number(4)?;
                    self.remember(place)?;
                }
                0x94 => self.remember(self.memo.len())?,
                b'h' => {
                    let place = self.number(1)?;
                    self.recall(place)?;
                }
                b'j' => {
                    let place = self.number(4)?;
                    self.recall(place)?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.global(&module, &name)?;
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    match (self.values[module].clone(), self.values[name].clone()) {
                        (Value::Text(module), Value::Text(name)) => self.global(&module, &name)?,
                        _ => return Err("it names a function by what is no text".to_owned()),
                    }
                }
                b'Q' => self.persistent()?,
                b'R' => self.reduce()?,
                // The state of an ordered dict, which is no data of ours.
                b'b' => drop(self.pop()?),
                other => {
                    let shown = char::from(other).escape_default();
                    return Err(format!(
                        "the instruction {other:#04x} ('{shown}') at byte {at} is not on the list of harmless ones: nothing of it was run"
                    ));
                }
            }
        }
    }

    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(n).filter(|&end| end <= self.bytes.len()).ok_or("it is cut short or damaged")?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    /// A number of `n` bytes, the smallest first.
    fn number(&mut self, n: usize) -> Result<usize, String> {
        Ok(self.take(n)?.iter().rev().fold(0, |sum: usize, &byte| sum << 8 | usize::from(byte)))
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or("it is cut short or damaged")?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(line)
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let length = self.number(width)?;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| "a text in it is not UTF-8")?.to_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    fn long(&mut self) -> Result<(), String> {
        let length = self.number(1)?;
        let bytes = self.take(length)?;
        if bytes.len() > 8 {
            return Err("a number in it does not fit 64 bits".to_owned());
        }
        let sign = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut all = [sign; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(all)));
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.values.push(value);
        self.stack.push(self.values.len() - 1);
    }

    /// The top of the stack, above the last mark.
    fn pop(&mut self) -> Result<Id, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err("it is cut short or damaged".to_owned());
        }
        self.stack.pop().ok_or_else(|| "it is cut short or damaged".to_owned())
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("it is cut short or damaged")?;
        Ok(self.stack.split_off(mark))
    }

    fn top(&mut self) -> Result<&mut Value, String> {
        let top = *self.stack.last().ok_or("it is cut short or damaged")?;
        Ok(&mut self.values[top])
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        match self.top()? {
            Value::List(list) => list.extend(items),
            _ => return Err("it appends to what is no list".to_owned()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Id>) -> Result<(), String> {
        match self.top()? {
            Value::Dict(dict) => dict.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            _ => return Err("it sets an entry of what is no dict".to_owned()),
        }
        Ok(())
    }

    fn remember(&mut self, place: usize) -> Result<(), String> {
        let top = *self.stack.last().ok_or("it is cut short or damaged")?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, place: usize) -> Result<(), String> {
        self.stack.push(*self.memo.get(&place).ok_or("it is cut short or damaged")?);
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        let full = format!("{module}.{name}");
        if !is_known(&full) {
            return Err(format!(
                "it would call {full:?}, which is not on the list of harmless names: nothing of it was run (if it is a \
                 model you trust, save it as safetensors, or its state_dict() alone)"
            ));
        }
        self.push(Value::Global(full));
        Ok(())
    }

    /// PyTorch's ("storage", kind, key, place, count).
    fn persistent(&mut self) -> Result<(), String> {
        let wrong = || "it refers to something that is no tensor's storage".to_owned();
        let id = self.pop()?;
        let Value::Tuple(parts) = &self.values[id] else { return Err(wrong()) };
        let parts: Vec<&Value> = parts.iter().map(|&part| &self.values[part]).collect();
        match parts[..] {
            [Value::Text(word), Value::Global(kind), Value::Text(key), ..] if word == "storage" => {
                let value = Value::Storage { kind: kind.clone(), key: key.clone() };
                self.push(value);
                Ok(())
            }
            _ => Err(wrong()),
        }
    }

    /// A call of one of the names on the list.
    fn reduce(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let (Value::Global(name), Value::Tuple(arguments)) = (&self.values[function], &self.values[arguments]) else {
            return Err("it calls what is no function".to_owned());
        };
        let arguments: Vec<&Value> = arguments.iter().map(|&argument| &self.values[argument]).collect();
        let made = match (name.as_str(), &arguments[..]) {
            ("collections.OrderedDict", []) => Value::Dict(Vec::new()),
            ("torch.device", [Value::Text(place), ..]) => Value::Text(place.clone()),
            ("torch._utils._rebuild_parameter", [tensor @ Value::Tensor(_), ..]) => (*tensor).clone(),
            (
                "torch._utils._rebuild_tensor_v2",
                [Value::Storage { kind, key }, Value::Int(offset), Value::Tuple(shape), Value::Tuple(strides), ..],
            ) => {
                let sizes = |ids: &[Id]| ids.iter().map(|&id| self.size(id)).collect::<Result<Vec<_>, _>>();
                let offset = usize::try_from(*offset).map_err(|_| "a tensor in it lies before its storage")?;
                let (shape, strides) = (sizes(shape)?, sizes(strides)?);
                if shape.len() != strides.len() {
                    return Err("a tensor in it has a stride too many or too few".to_owned());
                }
                Value::Tensor(TensorRef { kind: kind.clone(), key: key.clone(), offset, shape, strides })
            }
            _ => return Err(format!("it calls {name:?} in a way that builds no tensor: nothing of it was run")),
        };
        self.push(made);
        Ok(())
    }

    fn size(&self, id: Id) -> Result<usize, String> {
        match self.values[id] {
            Value::Int(n) => usize::try_from(n).map_err(|_| "a tensor in it has a negative size".to_owned()),
            _ => Err("a tensor in it has a size that is no number".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        match Pickle::read(bytes) {
            Ok(_) => panic!("it was read"),
            Err(text) => text,
        }
    }

    #[test]
    fn plain_data_are_read() {
        // {'stoi': {'a': 0}, 'n': -2, 'x': 1.5, 'l': [True, None]}, protocol 2
        let bytes = b"\x80\x02}q\x00(X\x04\x00\x00\x00stoiq\x01}q\x02X\x01\x00\x00\x00aK\x00sX\x01\x00\x00\x00nJ\xfe\xff\xff\xffX\x01\x00\x00\x00xG?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00l](\x88Neu.";
        let pickle = Pickle::read(bytes).unwrap();
        let root = pickle.root();
        assert_eq!(pickle.entry(root, "n"), Some(&Value::Int(-2)));
        assert_eq!(pickle.entry(root, "x"), Some(&Value::Float(1.5)));
        let stoi = pickle.entry(root, "stoi").unwrap();
        assert_eq!(pickle.entries(stoi).collect::<Vec<_>>(), [("a", &Value::Int(0))]);
        assert!(matches!(pickle.entry(root, "l"), Some(Value::List(list)) if list.len() == 2));
    }

    #[test]
    fn what_would_run_code_is_refused() {
        assert!(refused(b"cos\nsystem\n(S'echo'\ntR.").contains("os.system"));
        assert!(refused(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.").contains("builtins.eval"));
        assert!(refused(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.").contains("builds no tensor"));
        assert!(refused(b"(ios\nsystem\n.").contains("0x69"));
        assert!(refused(b"\x80\x02\x82\x01.").contains("not on the list"));
    }

    #[test]
    fn lengths_that_the_file_does_not_bear_out_are_refused() {
        assert!(refused(b"X\xff\xff\xff\x7fabc.").contains("cut short"));
        assert!(refused(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc.").contains("cut short"));
        assert!(refused(b"\x87.").contains("cut short"));
        assert!(refused(b"h\x05.").contains("cut short"));
        assert!(refused(b"").contains("cut short"));
        // A list that holds itself is no trouble: nobody walks it.
        assert!(Pickle::read(b"]q\x00h\x00a.").is_ok());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = Pickle::read(&bytes);
        }

        #[test]
        fn no_instructions_panic(bytes in proptest::collection::vec(
            proptest::sample::select(b"\x80\x02(})]tuaesq\x00h\x01K\x05\x85\x86\x87QRb0.N\x88".to_vec()), 0..60)) {
            let _ = Pickle::read(&bytes);
        }
    }
}
