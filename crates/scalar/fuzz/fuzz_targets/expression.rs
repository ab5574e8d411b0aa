//! Any text is read or refused; what is read prints and reads back the same, computes and draws.

#![no_main]

use gradus_scalar::Trace;
use gradus_scalar::expr::{Program, parse_binding};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = parse_binding(text);
    let program = match Program::parse(text) {
        Ok(program) => program,
        Err(message) => {
            assert!(!message.render(text).is_empty());
            return;
        }
    };
    let printed = program.to_string();
    assert_eq!(Program::parse(&printed).as_ref(), Ok(&program), "{printed}");
    let given = ["a", "b", "x"].map(|name| (name.to_owned(), 1.5));
    match program.evaluate(&given) {
        Ok(mut result) => {
            result.backward();
            let trace = Trace::of(&result.root);
            assert!(!trace.table().is_empty() && !trace.to_dot().is_empty());
            let _ = trace.to_svg();
        }
        Err(message) => assert!(!message.render(text).is_empty()),
    }
});
