//! The number types of tensors.

use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Element;
use std::fmt;
use std::sync::Arc;

/// The type of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// True or false: what comparisons give.
    Bool,
    /// 64-bit integers: indices and classes.
    I64,
    /// 32-bit floating point: the default.
    F32,
    /// 64-bit floating point.
    F64,
}

impl DType {
    /// Whether values of this type carry gradients.
    pub fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64)
    }

    /// The type in which two operands meet, as in NumPy and PyTorch: the wider one, a float before an integer.
    ///
    /// ```
    /// use gradus_tensor::DType;
    /// assert_eq!(DType::I64.promote(DType::F32), DType::F32);
    /// ```
    pub fn promote(self, other: DType) -> DType {
        self.max(other)
    }

    /// This type if it is a float, else `f32`.
    pub fn or_f32(self) -> DType {
        if self.is_float() { self } else { DType::F32 }
    }

    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DType::Bool => "bool",
            DType::I64 => "i64",
            DType::F32 => "f32",
            DType::F64 => "f64",
        })
    }
}

/// The memory of an array: shared, of one of the types.
#[derive(Clone)]
pub(crate) enum Data {
    Bool(Arc<Buffer<u8>>),
    I64(Arc<Buffer<i64>>),
    F32(Arc<Buffer<f32>>),
    F64(Arc<Buffer<f64>>),
}

impl Data {
    #[inline]
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Data::Bool(_) => DType::Bool,
            Data::I64(_) => DType::I64,
            Data::F32(_) => DType::F32,
            Data::F64(_) => DType::F64,
        }
    }

    /// The address of the memory, to tell whether two views share it.
    pub(crate) fn address(&self) -> *const () {
        match self {
            Data::Bool(b) => Arc::as_ptr(b).cast(),
            Data::I64(b) => Arc::as_ptr(b).cast(),
            Data::F32(b) => Arc::as_ptr(b).cast(),
            Data::F64(b) => Arc::as_ptr(b).cast(),
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for i64 {}
    impl Sealed for u8 {}
}

/// The Rust types behind [`DType`]: `f32`, `f64`, `i64`, and `u8` for booleans (0 or 1).
pub trait Elem: Element + sealed::Sealed {
    /// The corresponding dtype.
    const DTYPE: DType;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn wrap(buffer: Arc<Buffer<Self>>) -> Data;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn unwrap(data: &Data) -> Option<&Arc<Buffer<Self>>>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn unwrap_mut(data: &mut Data) -> Option<&mut Arc<Buffer<Self>>>;
}

macro_rules! elem {
    ($t:ty, $variant:ident) => {
        #[allow(private_interfaces)]
        impl Elem for $t {
            const DTYPE: DType = DType::$variant;
            #[inline]
            fn wrap(buffer: Arc<Buffer<Self>>) -> Data {
                Data::$variant(buffer)
            }
            #[inline]
            fn unwrap(data: &Data) -> Option<&Arc<Buffer<Self>>> {
                if let Data::$variant(b) = data { Some(b) } else { None }
            }
            #[inline]
            fn unwrap_mut(data: &mut Data) -> Option<&mut Arc<Buffer<Self>>> {
                if let Data::$variant(b) = data { Some(b) } else { None }
            }
        }
    };
}
elem!(u8, Bool);
elem!(i64, I64);
elem!(f32, F32);
elem!(f64, F64);

/// Runs a body with a type name bound to `f32` or `f64`, after the dtype of a floating-point array.
#[macro_export]
macro_rules! with_float {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}

/// Runs a body with a type name bound to the Rust type of any dtype (`u8` for booleans).
#[macro_export]
macro_rules! with_dtype {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $T = u8;
                $body
            }
            $crate::DType::I64 => {
                type $T = i64;
                $body
            }
            $crate::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
        }
    };
}
