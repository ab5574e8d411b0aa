use super::*;

fn mistake(text: &str) -> String {
    Recipe::parse("r.toml", text).unwrap_err().to_string()
}

fn with(assignment: &str) -> Result<Recipe, RecipeError> {
    Recipe::builtin("mlp").unwrap().with(&[assignment])
}

#[test]
fn an_empty_recipe_is_all_defaults() {
    let recipe = Recipe::parse("folder/empty.toml", "").unwrap();
    assert_eq!(recipe.name, "empty");
    assert_eq!(recipe.training.batch, 32);
    assert_eq!(recipe.model, Model::Mlp(MlpKeys { embedding: 10, hidden: 200, init: InitScheme::Kaiming }));
    assert_eq!(recipe.optimizer.kind(), "sgd");
}

#[test]
fn every_builtin_recipe_reads_and_says_what_it_is() {
    for builtin in BUILTIN {
        let recipe = Recipe::builtin(builtin.name).unwrap();
        assert_eq!(recipe.name, builtin.name);
        assert!(!recipe.training.about.is_empty(), "{}", builtin.name);
    }
}

#[test]
fn every_default_is_within_its_own_limits() {
    for key in Recipe::keys() {
        let numbers = match &key.default {
            Value::Int(v) => vec![*v as f64],
            Value::Float(v) => vec![*v],
            Value::List(items) => items
                .iter()
                .filter_map(|item| match item {
                    Value::Float(v) => Some(*v),
                    Value::Int(v) => Some(*v as f64),
                    Value::Text(_) => None,
                    other => panic!("{}: {other}", key.path()),
                })
                .collect(),
            _ => vec![],
        };
        for v in numbers {
            assert!(v >= key.limits.min && v <= key.limits.max, "{}", key.path());
        }
        assert!(!key.doc.is_empty() && !key.doc.contains('\n'), "{}", key.path());
    }
}

#[test]
fn a_recipe_survives_being_written_and_read() {
    for builtin in BUILTIN {
        let recipe = Recipe::builtin(builtin.name).unwrap();
        assert_eq!(Recipe::parse(builtin.name, &recipe.to_toml()).unwrap(), recipe);
    }
    let recipe = Recipe::parse(
        "odd.toml",
        "about = \"a \\\"quoted\\\" # line\\n\"\n[schedule]\nkind='step'\nat=[0.25, 1]\nlr=1e-5\n",
    )
    .unwrap();
    assert_eq!(Recipe::parse("odd", &recipe.to_toml()).unwrap(), recipe);
}

#[test]
fn mistakes_name_the_line_the_key_and_the_remedy() {
    for (text, expected) in [
        ("steps = 5\n\n[model]\nhiden = 3\n", "r.toml:4: there is no key model.hiden; the nearest is model.hidden"),
        ("[modle]\nhidden = 3", "r.toml:2: there is no section [modle]; the nearest is [model]"),
        ("[modle]\n", "r.toml:1: there is no section [modle]; the nearest is [model]"),
        ("step = 5", "r.toml:1: there is no key step; the nearest is steps"),
        ("[optimizer]\nlr = 1", "r.toml:2: there is no key optimizer.lr; the nearest is schedule.lr"),
        (
            "[optimizer]\nbeta1 = 0.9",
            "r.toml:2: optimizer.beta1 belongs to optimizer.kind = \"adam\" or \"adamw\", \
             and this recipe has \"sgd\"",
        ),
        (
            "[model]\nhidden = \"many\"",
            "r.toml:2: model.hidden must be a whole number between 1 and 1000000, \
             found the text \"many\"",
        ),
        ("[model]\nhidden = -5", "r.toml:2: model.hidden must be a whole number between 1 and 1000000, found -5"),
        ("[model]\nhidden = 2.5", "r.toml:2: model.hidden must be a whole number between 1 and 1000000, found 2.5"),
        ("[data]\nblock_size = 0", "r.toml:2: data.block_size must be a whole number between 1 and 4096, found 0"),
        (
            "[split]\nkind = \"corse\"",
            "r.toml:2: split.kind must be one of \"course\", \"makemore\", \"random\" or \"contiguous\", \
             found the text \"corse\"",
        ),
        ("rng = 3", "r.toml:1: rng must be one of \"gradus\" or \"torch\", found 3"),
        ("[schedule]\nlr = nan", "r.toml:2: schedule.lr must be a number between 0 and 1000000, found NaN"),
        (
            "[schedule]\nkind=\"step\"\nat = [0.5, 7]",
            "r.toml:3: schedule.at must be a list of numbers, each between 0 and 1, \
             found the list [0.5, 7]",
        ),
        (
            "seed = 99999999999999999999",
            "r.toml:1: seed must be a whole number of at least 0, found a number that is too large",
        ),
        ("data = 3", "r.toml:1: data is a section: write [data] and its keys on the lines below"),
    ] {
        assert_eq!(mistake(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_toml_is_one_line_with_its_place() {
    for text in ["steps = ", "steps = 1\nsteps = 2", "[data\n", "x = \"open", "\u{0}"] {
        let error = mistake(text);
        assert!(error.starts_with("r.toml:"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_change_is_checked_like_a_line() {
    assert_eq!(
        with("model.hidden=300").unwrap().model,
        Model::Mlp(MlpKeys { embedding: 10, hidden: 300, init: InitScheme::AsWritten })
    );
    assert_eq!(with("data.source=names.txt").unwrap().data.source, "names.txt");
    assert_eq!(with("data.source = \"my names\"").unwrap().data.source, "my names");
    for (assignment, expected) in [
        (
            "model.hidden=0",
            "--set model.hidden=0: model.hidden must be a whole number between 1 and 1000000, \
             found 0",
        ),
        ("model.hiden=1", "--set model.hiden=1: there is no key model.hiden; the nearest is model.hidden"),
        ("hidden=1", "--set hidden=1: there is no key hidden; the nearest is model.hidden"),
        ("steps", "--set steps: write KEY=VALUE, e.g. --set model.hidden=300"),
        ("=3", "--set =3: a key is missing; write KEY=VALUE, e.g. model.hidden=300"),
    ] {
        assert_eq!(with(assignment).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_new_kind_takes_the_old_kinds_keys_with_it() {
    let recipe = Recipe::parse("r", "[optimizer]\nkind = 'sgd'\nmomentum = 0.9").unwrap();
    let recipe = recipe.with(&["optimizer.beta1=0.8", "optimizer.kind=adamw"]).unwrap();
    match recipe.optimizer {
        Optimizer::AdamW(keys) => assert_eq!((keys.beta1, keys.beta2), (0.8, 0.999)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_recipe_names_the_nearest() {
    let error = Source::find("mpl").unwrap_err().to_string();
    assert!(error.contains("the nearest is mlp"), "{error}");
    let error = Source::find("nowhere/mlp.toml").unwrap_err().to_string();
    assert!(error.starts_with("nowhere/mlp.toml: there is no such file"), "{error}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = Recipe::parse("r.toml", &text);
    }

    #[test]
    fn no_change_panics(key in "[a-z.]{0,12}", value in "\\PC{0,12}") {
        if let Ok(change) = Override::parse(&format!("{key}={value}")) {
            let _ = Recipe::parse_with("r.toml", "", &[change]);
        }
    }
}

#[test]
fn what_cannot_be_meant_is_said_and_what_can_is_not() {
    for builtin in BUILTIN {
        assert_eq!(Recipe::builtin(builtin.name).unwrap().doubts(), Vec::<String>::new(), "{}", builtin.name);
    }
    for (changes, told) in [
        (&["steps=20", "schedule.kind=cosine", "schedule.warmup=100"][..], "schedule.warmup = 100"),
        (&["schedule.kind=cosine", "schedule.lr=0.001", "schedule.min_lr=0.01"], "the learning rate rises"),
        (&["steps=20"], "record.every = 100 is more than there are steps (20)"),
        (&["patience=10"], "patience = 10 cannot run out"),
    ] {
        let doubts = Recipe::builtin("mlp").unwrap().with(changes).unwrap().doubts();
        assert!(doubts.iter().any(|doubt| doubt.contains(told)), "{doubts:?}");
    }
}

#[test]
fn one_key_is_not_changed_twice() {
    let source = Source::find("mlp").unwrap();
    let changes = [Override::flag("--steps", "steps", 20), Override::parse("steps=30").unwrap()];
    let error = source.read(&changes).unwrap_err().to_string();
    assert_eq!(error, "--set steps=30: steps is given twice, by --steps 20 too: leave one of them out");
    assert!(source.read(&changes[..1]).is_ok());
}
