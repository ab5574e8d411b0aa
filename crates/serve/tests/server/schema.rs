//! Whether a value is what a schema of the document says: the part of JSON Schema that the document uses.

use serde_json::Value;

/// The first place where it is not.
pub(crate) fn misfit(document: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let found = document.pointer(name.trim_start_matches('#'));
        let found = found.unwrap_or_else(|| panic!("the document has no {name}"));
        return misfit(document, found, value, place);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().find_map(|schema| misfit(document, schema, value, place));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let misfits: Vec<String> = any.iter().map_while(|schema| misfit(document, schema, value, place)).collect();
        return (misfits.len() == any.len()).then(|| misfits.join(", or "));
    }
    let is = |word: &str| match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the document has a type {other:?}"),
    };
    let fits = match &schema["type"] {
        Value::String(word) => is(word),
        Value::Array(words) => words.iter().any(|word| is(word.as_str().unwrap())),
        _ => true,
    };
    if !fits {
        return Some(format!("{place} is {value}, not {}", schema["type"]));
    }
    if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
        return Some(format!("{place} is {value}, none of {words:?}"));
    }
    if let Some(object) = value.as_object() {
        let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
        for name in required {
            if !object.contains_key(name) {
                return Some(format!("{place} has no {name}"));
            }
        }
        let properties = schema["properties"].as_object();
        for (name, value) in object {
            let place = format!("{place}.{name}");
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => {
                    if let Some(misfit) = misfit(document, schema, value, &place) {
                        return Some(misfit);
                    }
                }
                None if schema["additionalProperties"] == false => return Some(format!("{place} is not described")),
                None => {}
            }
        }
    }
    let items = value.as_array().into_iter().flatten().enumerate();
    items.into_iter().find_map(|(i, item)| misfit(document, &schema["items"], item, &format!("{place}[{i}]")))
}
