//! What layers and models are made of: parts that are called by name, down to the parameters.

use crate::{Module, Param};

/// Something made of parts: a layer, a model, a block of one. `#[derive(Module)]` writes it: every field is a part under its
/// own name, unless the field says `#[module(skip)]` (it holds no parameters) or `#[module(name = …)]` (with `""`, its own
/// parts stand in its place). So no parameter is forgotten, which would learn nothing without a word: a field that is
/// neither a part nor skipped does not compile. Over the type, `#[module(kind = …)]` says what a summary calls it.
///
/// ```
/// use gradus_nn::{Linear, Module, Param, Parts, init::Init};
/// use gradus_tensor::{Result, Tensor, random::{Generator, Scheme}};
///
/// /// y = s·(x·W + b)
/// #[derive(Module)]
/// struct Scaled {
///     linear: Linear,
///     scale: Param,
///     #[module(skip)]
///     width: usize,
/// }
///
/// impl Module for Scaled {
///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
///         self.linear.named("linear", x)?.try_mul(&self.scale.value())
///     }
/// }
///
/// let linear = Linear::new(3, 2, true, Init::Kaiming { gain: 1.0 }, &mut Generator::new(Scheme::Gradus, 1))?;
/// let scaled = Scaled { linear, scale: Param::new(Tensor::ones(&[2])), width: 2 };
/// let names: Vec<String> = scaled.parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["linear.weight", "linear.bias", "scale"]);
/// assert_eq!(scaled.to_string(), "\
/// Scaled                  10
/// ├─ linear      Linear    8
/// │  ├─ weight   [3, 2]    6
/// │  └─ bias     [2]       2
/// └─ scale       [2]       2");
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
///
/// A layer that registers nothing does not compile:
///
/// ```compile_fail,E0277
/// use gradus_nn::{Module, Param};
/// use gradus_tensor::{Result, Tensor};
/// struct Forgetful {
///     scale: Param,
/// }
/// impl Module for Forgetful {
///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
///         x.try_mul(&self.scale.value())
///     }
/// }
/// ```
///
/// Nor does one with a field of which nobody said what it is:
///
/// ```compile_fail,E0277
/// use gradus_nn::{Module, Param};
/// #[derive(Module)]
/// struct Unclear {
///     scale: Param,
///     width: usize,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it is made of",
    label = "its parameters would learn nothing, and no checkpoint would keep them",
    note = "write `#[derive(Module)]` over it"
)]
pub trait Parts {
    /// What kind of thing it is: `Linear`.
    fn kind(&self) -> String;

    /// Shows each of its parts, with its name, to `to`, in the order in which they were made.
    fn parts(&self, to: &mut dyn Visitor);
}

/// What may stand in a field of a layer or a model: a parameter, a layer, or several of them (`blocks.0`, `blocks.1`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of a model",
    label = "neither a parameter, nor a layer, nor several of them",
    note = "write `#[module(skip)]` over the field if it holds no parameters, or `#[derive(Module)]` over its type"
)]
pub trait Part {
    /// Shows itself to `to` under this name.
    fn register(&self, name: &str, to: &mut dyn Visitor);
}

/// Who is shown the parts of something.
pub trait Visitor {
    /// A parameter, or a buffer.
    fn parameter(&mut self, name: &str, param: &Param);

    /// A part that has parts of its own.
    fn part(&mut self, name: &str, part: &dyn Parts);
}

impl Part for Param {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        to.parameter(name, self);
    }
}

impl<P: Part> Part for Option<P> {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        if let Some(part) = self {
            part.register(name, to);
        }
    }
}

impl<P: Part> Part for Vec<P> {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        for (i, part) in self.iter().enumerate() {
            let dot = if name.is_empty() { "" } else { "." };
            part.register(&format!("{name}{dot}{i}"), to);
        }
    }
}

impl<M: Module + ?Sized> Parts for Box<M> {
    fn kind(&self) -> String {
        (**self).kind()
    }

    fn parts(&self, to: &mut dyn Visitor) {
        (**self).parts(to);
    }
}

impl<P: Parts + ?Sized> Part for &P {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        struct Whole<'a, P: ?Sized>(&'a P);
        impl<P: Parts + ?Sized> Parts for Whole<'_, P> {
            fn kind(&self) -> String {
                self.0.kind()
            }

            fn parts(&self, to: &mut dyn Visitor) {
                self.0.parts(to);
            }
        }
        to.part(name, &Whole(*self));
    }
}

impl<M: Module + ?Sized> Part for Box<M> {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        to.part(name, self);
    }
}

/// Shows every parameter and buffer of `of` to `f`, inner ones as `outer.inner`.
pub(crate) fn flatten<P: Parts + ?Sized>(of: &P, f: &mut dyn FnMut(&str, &Param)) {
    struct Flat<'a> {
        path: String,
        f: &'a mut dyn FnMut(&str, &Param),
    }
    impl Flat<'_> {
        /// Goes on behind `path.name`.
        fn within(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
            let before = self.path.len();
            if before > 0 && !name.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(name);
            then(self);
            self.path.truncate(before);
        }
    }
    impl Visitor for Flat<'_> {
        fn parameter(&mut self, name: &str, param: &Param) {
            self.within(name, |flat| (flat.f)(&flat.path, param));
        }

        fn part(&mut self, name: &str, part: &dyn Parts) {
            self.within(name, |flat| part.parts(flat));
        }
    }
    of.parts(&mut Flat { path: String::new(), f });
}
