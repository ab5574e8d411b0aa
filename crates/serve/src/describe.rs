//! What each address takes and answers with, read off the types of the function behind it: the OpenAPI document is made
//! of them, so that it cannot say anything else than the server does.

use std::collections::BTreeSet;
use std::future::Future;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::extract::{Asked, Body};
use crate::json::Json;
use crate::refusal::{Reply, Told};

/// Makes the schemas: of what comes in, and of what goes out. A field with a default may be left out of the first, and is
/// always in the second.
pub(crate) struct Schemas {
    given: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = |place: &'static str| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = place.into();
            settings.meta_schema = None;
            settings
        };
        Schemas {
            given: settings(GIVEN).for_deserialize().into_generator(),
            answered: settings(ANSWERED).for_serialize().into_generator(),
        }
    }

    /// Has a type of an answer described, though no answer is of it.
    pub(crate) fn tell<T: JsonSchema>(&mut self) {
        let _ = self.answered.subschema_for::<T>();
    }

    /// Puts all types by their names into a document that speaks of them. A type that looks different in a request than in
    /// an answer is called `…Given` there.
    ///
    /// # Panics
    /// Where two types have one name: nobody could tell which is meant.
    pub(crate) fn finish(mut self, document: &mut Value) {
        let mut answered = self.answered.take_definitions(true);
        let mut given = self.given.take_definitions(true);
        answered.values_mut().for_each(floats);
        for (name, schema) in answered.iter_mut().chain(&mut given) {
            assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "two types are called {}", &name[..name.len() - 1]);
            tidy(schema);
        }
        // A type differs where what it speaks of differs: looked at again until nothing changes.
        let mut differs: BTreeSet<String> = BTreeSet::new();
        loop {
            let same = |name: &str, schema: &Value| {
                let mut schema = schema.clone();
                refer(&mut schema, &|name| (!differs.contains(name)).then(|| name.to_string()));
                answered.get(name).is_none_or(|there| *there == schema)
            };
            let more: Vec<String> = given
                .iter()
                .filter(|(name, schema)| !differs.contains(*name) && !same(name, schema))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            differs.extend(more);
        }
        let called = |name: &str| Some(if differs.contains(name) { format!("{name}Given") } else { name.to_string() });
        for (name, mut schema) in given {
            refer(&mut schema, &called);
            answered.insert(called(&name).unwrap_or(name), schema);
        }
        refer(document, &called);
        answered.insert("NotFinite".to_string(), not_finite());
        answered.sort_keys();
        document["components"] = json!({ "schemas": answered });
    }
}

/// Where types stand in the document; those of requests at first apart.
const ANSWERED: &str = "/components/schemas";
const GIVEN: &str = "/components/given";

/// Brings what is said of types of requests to where they stand in the end: by the name that they have there, or left as it
/// is where they have none.
fn refer(value: &mut Value, called: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('#').and_then(|text| text.strip_prefix(GIVEN)?.strip_prefix('/'));
            if let Some(name) = name.and_then(called) {
                *text = format!("#{ANSWERED}/{name}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, called)),
        Value::Object(object) => object.values_mut().for_each(|value| refer(value, called)),
        _ => {}
    }
}

/// A number of an answer need not be finite (see [`crate::json`]).
fn not_finite() -> Value {
    json!({
        "description": "A number that is not finite, for which JSON has no word.",
        "type": "object",
        "properties": { "not_finite": { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] } },
        "required": ["not_finite"],
        "additionalProperties": false,
    })
}

/// Says so of every float.
fn floats(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(floats);
            if let (Some(Value::String(format)), Some(kind)) = (object.get("format"), object.get("type"))
                && (format == "float" || format == "double")
            {
                let number = json!({ "type": kind, "format": format });
                object.retain(|key, _| key != "type" && key != "format");
                object.insert("anyOf".to_string(), json!([number, { "$ref": "#/components/schemas/NotFinite" }]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(floats),
        _ => {}
    }
}

/// Takes out what says nothing to a reader: limits that follow from the integer's width, formats of integers.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let is_integer =
                |kind: &Value| kind == "integer" || kind.as_array().is_some_and(|all| all.contains(&json!("integer")));
            if object.get("type").is_some_and(is_integer) {
                object.remove("format");
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// One method of one address, as the document has it.
#[derive(Default)]
pub(crate) struct Operation {
    /// The schema of each part of the path, in order.
    places: Vec<Value>,
    query: Vec<Value>,
    body: Option<Value>,
    /// Status, description and content of the answer.
    answer: Option<(StatusCode, Value)>,
}

impl Operation {
    /// The answer: its content by media type.
    pub(crate) fn answers(&mut self, status: StatusCode, content: Value) {
        self.answer = Some((status, content));
    }

    /// In the document's words. `path` names what stands in braces.
    pub(crate) fn document(self, path: &str, summary: &str) -> Value {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let in_path = names.zip(self.places);
        let in_path =
            in_path.map(|(name, schema)| json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        let parameters: Vec<Value> = in_path.chain(self.query).collect();
        let mut document = json!({ "summary": summary });
        if !parameters.is_empty() {
            document["parameters"] = json!(parameters);
        }
        if let Some(schema) = self.body {
            document["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        let (status, content) = self.answer.unwrap_or((StatusCode::OK, Value::Null));
        let mut answer = json!({ "description": status.canonical_reason().unwrap_or_default() });
        if !content.is_null() {
            answer["content"] = content;
        }
        document["responses"] = json!({
            status.as_str(): answer,
            "4XX": {
                "description": "What is wrong, and what to do.",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
            },
        });
        document
    }
}

fn plain(schema: Schema) -> Value {
    let mut value = schema.to_value();
    tidy(&mut value);
    value
}

/// What a function takes from a request.
pub(crate) trait Takes {
    fn describe(schemas: &mut Schemas, operation: &mut Operation);
}

/// The parts of a path.
pub(crate) trait Places {
    fn schemas(schemas: &mut Schemas) -> Vec<Value>;
}

macro_rules! places {
    ($($part:ty),*) => {$(
        impl Places for $part {
            fn schemas(schemas: &mut Schemas) -> Vec<Value> {
                vec![plain(schemas.given.subschema_for::<$part>())]
            }
        }
    )*};
}
places!(String, u64);

impl<A: Places, B: Places> Places for (A, B) {
    fn schemas(schemas: &mut Schemas) -> Vec<Value> {
        [A::schemas(schemas), B::schemas(schemas)].concat()
    }
}

impl<T: Places> Takes for Path<T> {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        operation.places = T::schemas(schemas);
    }
}

impl<T: JsonSchema> Takes for Body<T> {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        operation.body = Some(plain(schemas.given.subschema_for::<T>()));
    }
}

impl<T: JsonSchema> Takes for Asked<T> {
    /// A query is flat: each field is a parameter.
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        let mut fields = plain(T::json_schema(&mut schemas.given));
        let required = fields["required"].as_array().cloned().unwrap_or_default();
        let Some(properties) = fields["properties"].as_object_mut() else { return };
        for (name, schema) in std::mem::take(properties) {
            let mut schema = schema;
            // One that may be left out is never null in an address.
            if let Some(kinds) = schema["type"].as_array().cloned() {
                schema["type"] = kinds.into_iter().find(|kind| kind != "null").unwrap_or_default();
            }
            let mut parameter = json!({ "name": name, "in": "query", "required": required.contains(&json!(name)) });
            if let Some(told) = schema.as_object_mut().and_then(|schema| schema.remove("description")) {
                parameter["description"] = told;
            }
            parameter["schema"] = schema;
            operation.query.push(parameter);
        }
    }
}

/// What a function answers with.
pub(crate) trait Answers {
    fn describe(schemas: &mut Schemas, operation: &mut Operation);
}

fn answered<T: JsonSchema>(schemas: &mut Schemas) -> Value {
    json!({ "application/json": { "schema": plain(schemas.answered.subschema_for::<T>()) } })
}

impl<T: JsonSchema> Answers for Json<T> {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        operation.answer = Some((StatusCode::OK, answered::<T>(schemas)));
    }
}

/// Something new: 201.
pub(crate) struct Created<T>(pub(crate) T);

/// Something that has begun: 202.
pub(crate) struct Accepted<T>(pub(crate) T);

/// Nothing more to say: 204.
pub(crate) struct Gone;

macro_rules! statuses {
    ($($name:ident = $status:ident),*) => {$(
        impl<T: serde::Serialize> IntoResponse for $name<T> {
            fn into_response(self) -> Response {
                (StatusCode::$status, Json(self.0)).into_response()
            }
        }

        impl<T: JsonSchema> Answers for $name<T> {
            fn describe(schemas: &mut Schemas, operation: &mut Operation) {
                operation.answer = Some((StatusCode::$status, answered::<T>(schemas)));
            }
        }
    )*};
}
statuses!(Created = CREATED, Accepted = ACCEPTED);

impl IntoResponse for Gone {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Answers for Gone {
    fn describe(_: &mut Schemas, operation: &mut Operation) {
        operation.answer = Some((StatusCode::NO_CONTENT, Value::Null));
    }
}

impl Answers for crate::slice::Cut {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        let mut content = answered::<crate::slice::Numbers>(schemas);
        content["application/octet-stream"] = json!({ "schema": { "type": "string", "format": "binary" } });
        operation.answer = Some((StatusCode::OK, content));
    }
}

impl<T: Answers> Answers for Reply<T> {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        schemas.tell::<Told>();
        T::describe(schemas, operation);
    }
}

/// A function behind an address. `T` is what tells the implementations for different numbers of arguments apart, as in
/// [`axum::handler::Handler`].
pub(crate) trait Described<T> {
    fn describe(&self, schemas: &mut Schemas) -> Operation;
}

macro_rules! described {
    ([$($argument:ident),*] $tag:ty $(, $kind:ident)?) => {
        impl<F, Fut, R $(, $kind)? $(, $argument)*> Described<$tag> for F
        where
            F: Fn($($argument),*) -> Fut,
            Fut: Future<Output = R>,
            R: Answers,
            $($argument: Takes,)*
        {
            fn describe(&self, schemas: &mut Schemas) -> Operation {
                let mut operation = Operation::default();
                $($argument::describe(schemas, &mut operation);)*
                R::describe(schemas, &mut operation);
                operation
            }
        }
    };
}
described!([]((),));
described!([A](M, A), M);
described!([A, B](M, A, B), M);
described!([A, B, C](M, A, B, C), M);
