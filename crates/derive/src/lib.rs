#![doc = include_str!("../README.md")]

use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Expr, Field, Fields, Result, parse_macro_input, parse_quote, spanned::Spanned};

/// Makes every field a part, under its own name; see `gradus_nn::Parts`.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    parts(input).unwrap_or_else(Error::into_compile_error).into()
}

/// What a field's attribute says.
enum Registered {
    /// Nothing: under the field's own name.
    Named,
    /// `#[module(name = expression)]`.
    As(Box<Expr>),
    /// `#[module(skip)]`.
    Skipped,
}

fn registered(field: &Field) -> Result<Registered> {
    let mut found = Registered::Named;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                found = Registered::Skipped;
            } else if meta.path.is_ident("name") {
                found = Registered::As(Box::new(meta.value()?.parse()?));
            } else {
                return Err(meta.error("there are `skip` and `name = …`"));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// `#[module(kind = expression)]` over the type: what a summary calls it.
fn kind(input: &DeriveInput) -> Result<Expr> {
    let name = input.ident.to_string();
    let mut found: Expr = parse_quote!(#name);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("kind") {
                return Err(meta.error("there is `kind = …`"));
            }
            found = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    Ok(found)
}

fn parts(mut input: DeriveInput) -> Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.span(), "a layer or a model is a struct; for other types write `Parts` by hand"));
    };
    let fields = match &data.fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unnamed(fields) => fields.unnamed.iter().collect(),
        Fields::Unit => Vec::new(),
    };
    let mut visits = Vec::new();
    for (i, field) in fields.into_iter().enumerate() {
        let index = syn::Index::from(i);
        let (member, own) = match &field.ident {
            Some(ident) => (quote!(#ident), ident.to_string()),
            None => (quote!(#index), i.to_string()),
        };
        let name = match registered(field)? {
            Registered::Named => quote!(#own),
            Registered::As(name) => quote!(#name),
            Registered::Skipped => continue,
        };
        let to = format_ident!("to");
        visits.push(quote!(::gradus_nn::Part::register(&self.#member, #name, #to);));
    }
    let (kind, ident) = (kind(&input)?, input.ident.clone());
    for parameter in input.generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::gradus_nn::Part));
    }
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::gradus_nn::Parts for #ident #arguments #conditions {
            fn kind(&self) -> ::std::string::String {
                ::std::string::String::from(#kind)
            }

            #[allow(unused_variables)]
            fn parts(&self, to: &mut dyn ::gradus_nn::Visitor) {
                #(#visits)*
            }
        }

        impl #generics ::gradus_nn::Part for #ident #arguments #conditions {
            fn register(&self, name: &str, to: &mut dyn ::gradus_nn::Visitor) {
                to.part(name, self);
            }
        }

        impl #generics ::std::fmt::Display for #ident #arguments #conditions {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&::gradus_nn::Summary::of(self), f)
            }
        }
    })
}
