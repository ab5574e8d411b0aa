//! Answers in JSON. JSON has no word for numbers that are not finite, and `serde_json` writes `null` for them, which stands
//! for what is missing too. Here they are `{"not_finite": "NaN"}`, `"Infinity"` or `"-Infinity"`: whoever reads an answer
//! can tell a diverged loss from one that was not measured.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// As text.
pub fn text(value: &impl Serialize) -> String {
    // No type of an answer has maps with keys that are no texts, and writing to memory does not fail.
    serde_json::to_string(&Told(value)).unwrap_or_default()
}

/// A value of which everything inside is told by [`Teller`].
struct Told<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Told<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Teller(serializer))
    }
}

/// Passes everything on but floats that are not finite.
struct Teller<S>(S);

fn not_finite<S: Serializer>(serializer: S, value: f64) -> Result<S::Ok, S::Error> {
    let word = match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    let mut object = serializer.serialize_map(Some(1))?;
    object.serialize_entry("not_finite", word)?;
    object.end()
}

macro_rules! as_they_are {
    ($($method:ident: $kind:ty),*) => {$(
        fn $method(self, value: $kind) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        }
    )*};
}

impl<S: Serializer> Serializer for Teller<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Teller<S::SerializeSeq>;
    type SerializeTuple = Teller<S::SerializeTuple>;
    type SerializeTupleStruct = Teller<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Teller<S::SerializeTupleVariant>;
    type SerializeMap = Teller<S::SerializeMap>;
    type SerializeStruct = Teller<S::SerializeStruct>;
    type SerializeStructVariant = Teller<S::SerializeStructVariant>;

    as_they_are! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char, serialize_str: &str,
        serialize_bytes: &[u8]
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if value.is_finite() { self.0.serialize_f32(value) } else { not_finite(self.0, value.into()) }
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if value.is_finite() { self.0.serialize_f64(value) } else { not_finite(self.0, value) }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Told(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Told(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Told(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Teller)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Teller)
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Teller)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, length).map(Teller)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Teller)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Teller)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, length).map(Teller)
    }
}

macro_rules! elements {
    ($($kind:ident.$method:ident),*) => {$(
        impl<S: $kind> $kind for Teller<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Told(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}
elements!(
    SerializeSeq.serialize_element,
    SerializeTuple.serialize_element,
    SerializeTupleStruct.serialize_field,
    SerializeTupleVariant.serialize_field
);

macro_rules! fields {
    ($($kind:ident),*) => {$(
        impl<S: $kind> $kind for Teller<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                self.0.serialize_field(name, &Told(value))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                self.0.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

impl<S: SerializeMap> SerializeMap for Teller<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Told(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::text;

    #[derive(Serialize)]
    struct Inner {
        pair: (u64, f32),
        #[serde(skip_serializing_if = "Option::is_none")]
        missing: Option<f64>,
        none: Option<f64>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Variant {
        Unit,
        One(f64),
        Two(f64, f64),
        Fields { x: f64 },
    }

    #[derive(Serialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
        some: Option<f64>,
        list: Vec<f64>,
        map: BTreeMap<String, f64>,
        variants: Vec<Variant>,
        text: &'static str,
    }

    #[test]
    fn numbers_that_are_not_finite_are_told_apart_wherever_they_stand_and_all_else_is_as_it_was() {
        let outer = |x: f64| Outer {
            inner: Inner { pair: (3, x as f32), missing: None, none: None },
            some: Some(x),
            list: vec![1.0, x],
            map: [("loss".to_string(), x)].into(),
            variants: vec![Variant::Unit, Variant::One(x), Variant::Two(x, 2.0), Variant::Fields { x }],
            text: "NaN",
        };
        assert_eq!(text(&outer(0.5)), serde_json::to_string(&outer(0.5)).unwrap());
        for (x, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")] {
            let x_told = format!(r#"{{"not_finite":"{word}"}}"#);
            let wanted = format!(
                r#"{{"pair":[3,{x_told}],"none":null,"some":{x_told},"list":[1.0,{x_told}],"map":{{"loss":{x_told}}},"variants":["unit",{{"one":{x_told}}},{{"two":[{x_told},2.0]}},{{"fields":{{"x":{x_told}}}}}],"text":"NaN"}}"#
            );
            assert_eq!(text(&outer(x)), wanted);
        }
    }
}
