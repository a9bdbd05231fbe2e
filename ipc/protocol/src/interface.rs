//! One declaration makes an interface.

use bulkhead_abi::id::{Generation, Slot};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a call had no result. Each value says who is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError {
    /// The server died under the call; this is its next life. The request may or may not have happened.
    PeerDied(Generation),
    /// The server is dead and was not restarted (yet).
    PeerDead,
    /// The deadline passed.
    DeadlinePassed,
    /// The server could not decode the request.
    Refused,
    /// The reply does not decode: the server's fault.
    BadReply,
    /// The core refused the call: the caller's fault.
    Core(Status),
}

/// The request does not decode, or something follows it: the caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Who sent a request, as far as the core vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The number that the manifest gave to the calling slot.
    pub badge: u16,
    /// Number of this event; a repeat carries that of the original.
    pub token: u64,
    /// An earlier life of this server has seen the request already.
    pub repeat: bool,
}

/// What carries a request to a server and the reply back: the core, or a test.
pub trait Transport {
    /// Sends `request` through `slot`; the reply's bytes are in `reply`, their number is the result.
    ///
    /// # Errors
    /// Whatever kept the reply from coming.
    fn call(&mut self, slot: Slot, request: &[u8], reply: &mut [u8; MAX_MESSAGE])
    -> Result<usize, CallError>;
}

impl<T: Transport + ?Sized> Transport for &mut T {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        T::call(self, slot, request, reply)
    }
}

/// Encodes a value; the number of bytes, or `None` if it does not fit.
pub fn encode<T: Serialize>(value: &T, into: &mut [u8]) -> Option<usize> {
    postcard::to_slice(value, into).ok().map(|used| used.len())
}

/// Decodes a value that must fill the bytes.
///
/// # Errors
/// The bytes are no such value, or more than one.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Malformed),
    }
}

/// Folds the schema hash of one more type into the hash of an interface.
#[must_use]
pub const fn fold_schema(hash: u64, key: [u8; 8]) -> u64 {
    (hash ^ u64::from_le_bytes(key)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17)
}

/// Declares an interface: `Variant = method(argument: Type, …) -> Reply;` for each operation.
///
/// Makes `Request`, `Server`, `dispatch`, `Client`, `ID`, `NAME`, `SCHEMA` in the calling module. That each request
/// and each reply fits a message is checked when the crate is compiled.
#[macro_export]
macro_rules! interface {
    (
        $(#[$doc:meta])*
        $name:literal = $id:literal {
            $(
                $(#[$operation_doc:meta])*
                $variant:ident = $method:ident($($argument:ident: $type:ty),* $(,)?) -> $reply:ty;
            )+
        }
    ) => {
        /// The interface's identifier.
        pub const ID: u16 = $id;
        /// The interface's name.
        pub const NAME: &str = $name;
        /// Hash over the shape of all requests and replies.
        pub const SCHEMA: u64 = {
            use $crate::reexport::postcard_schema::key::Key;
            let hash = $crate::fold_schema($id, Key::for_path::<Request>($name).to_bytes());
            $(let hash = $crate::fold_schema(hash, Key::for_path::<$reply>(stringify!($method)).to_bytes());)+
            hash
        };

        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[derive($crate::reexport::serde::Serialize, $crate::reexport::serde::Deserialize)]
        #[derive($crate::reexport::postcard::experimental::max_size::MaxSize)]
        #[derive($crate::reexport::postcard_schema::Schema)]
        pub enum Request {
            $(
                $(#[$operation_doc])*
                $variant {
                    $(
                        #[doc = concat!("`", stringify!($argument), "` of [`Server::", stringify!($method), "`].")]
                        $argument: $type
                    ),*
                },
            )+
        }

        const _: () = {
            use $crate::reexport::postcard::experimental::max_size::MaxSize;
            assert!(Request::POSTCARD_MAX_SIZE <= $crate::abi::limits::MAX_MESSAGE, "a request does not fit a message");
            $(assert!(<$reply>::POSTCARD_MAX_SIZE <= $crate::abi::limits::MAX_MESSAGE, "a reply does not fit a message");)+
        };

        /// What a server of this interface does.
        pub trait Server {
            $(
                $(#[$operation_doc])*
                fn $method(&mut self, caller: $crate::Caller, $($argument: $type),*) -> $reply;
            )+
        }

        /// Decodes a request, has the server carry it out and encodes the reply; the number of its bytes.
        ///
        /// # Errors
        /// The request does not decode.
        pub fn dispatch<S: Server>(
            server: &mut S,
            caller: $crate::Caller,
            request: &[u8],
            reply: &mut [u8],
        ) -> Result<usize, $crate::Malformed> {
            match $crate::decode::<Request>(request)? {
                $(
                    Request::$variant { $($argument),* } => {
                        let value: $reply = server.$method(caller, $($argument),*);
                        $crate::encode(&value, reply).ok_or($crate::Malformed)
                    }
                )+
            }
        }

        /// Calls a server of this interface through a slot.
        #[derive(Debug, Clone, Copy)]
        pub struct Client<T> {
            transport: T,
            slot: $crate::abi::id::Slot,
        }

        impl<T: $crate::Transport> Client<T> {
            /// A client that calls through `slot`.
            pub const fn new(transport: T, slot: $crate::abi::id::Slot) -> Self {
                Self { transport, slot }
            }

            $(
                $(#[$operation_doc])*
                ///
                /// # Errors
                /// See [`CallError`]($crate::CallError).
                pub fn $method(&mut self, $($argument: $type),*) -> Result<$reply, $crate::CallError> {
                    let mut request = [0u8; $crate::abi::limits::MAX_MESSAGE];
                    let mut reply = [0u8; $crate::abi::limits::MAX_MESSAGE];
                    let length = $crate::encode(&Request::$variant { $($argument),* }, &mut request)
                        .ok_or($crate::CallError::Refused)?;
                    let request = request.get(..length).ok_or($crate::CallError::Refused)?;
                    let length = self.transport.call(self.slot, request, &mut reply)?;
                    let reply = reply.get(..length).ok_or($crate::CallError::BadReply)?;
                    $crate::decode(reply).map_err(|_| $crate::CallError::BadReply)
                }
            )+
        }
    };
}
