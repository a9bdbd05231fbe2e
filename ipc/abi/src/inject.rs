//! Faults that are injected on purpose: their kinds, and how the core tells a task to commit one.
//!
//! Nothing here is in a production system: the core and the tasks know injection only if they are built with their
//! feature `inject`, and only a manifest that asks for injection is built so.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $place:ident;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum InjectKind {
            $($(#[$doc])* $name = $number,)*
        }

        impl InjectKind {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The kind of this number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its name in manifests, logs and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Who commits it.
            #[must_use]
            pub const fn place(self) -> Place {
                match self {
                    $(Self::$name => Place::$place,)*
                }
            }
        }
    };
}

/// Who commits a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The core: it ends the task's life at a message boundary, or tampers with a notification.
    Core,
    /// The task: its runtime does it, on the core's word, before the event is handled or before it is ended. It
    /// stops the task, or the core stops it for it, without a wrong word to anybody.
    Task,
    /// The task, and it may do anything that its capabilities allow: a wrong answer, a wrong commit. What it owns may
    /// be wrong afterwards; nothing else may.
    Liar,
}

kinds! {
    /// The task dies as an event comes, before it has it.
    BeforeReceive = 0, "before-receive", Core;
    /// The task dies with the event in hand, before its first instruction on it.
    AfterReceive = 1, "after-receive", Core;
    /// The task dies as it ends the event: nothing of the end has happened.
    BeforeCommit = 2, "before-commit", Core;
    /// The task dies right after the end of the event: all of it has happened.
    AfterCommit = 3, "after-commit", Core;
    /// The task dies in a call to another task.
    WhileCalling = 4, "while-calling", Core;
    /// The task dies at some instruction, a random time after an event came.
    AnyTime = 5, "any-time", Core;
    /// Notification bits are forgotten before the task sees them.
    LostNotification = 6, "lost-notification", Core;
    /// Notification bits come twice.
    DoubledNotification = 7, "doubled-notification", Core;
    /// It panics.
    Panic = 8, "panic", Task;
    /// #DE.
    DivideError = 9, "divide-error", Task;
    /// #DB, by the trap flag.
    DebugException = 10, "debug-exception", Task;
    /// INT3, which ring 3 may not use here.
    Breakpoint = 11, "breakpoint", Task;
    /// #UD.
    InvalidOpcode = 12, "invalid-opcode", Task;
    /// #SS, by an address that is not canonical.
    StackFault = 13, "stack-fault", Task;
    /// #GP, by a privileged instruction.
    GeneralProtection = 14, "general-protection", Task;
    /// #PF, by a write to an address without memory.
    PageFault = 15, "page-fault", Task;
    /// #MF.
    FloatingPointError = 16, "floating-point-error", Task;
    /// #XM.
    SimdError = 17, "simd-error", Task;
    /// A write to its own code.
    WriteToCode = 18, "write-to-code", Task;
    /// A jump into its own data.
    JumpToData = 19, "jump-to-data", Task;
    /// An address of the core.
    TouchCore = 20, "touch-core", Task;
    /// It recurs until its stack is used up.
    StackOverflow = 21, "stack-overflow", Task;
    /// It never stops computing.
    EndlessLoop = 22, "endless-loop", Task;
    /// It waits for what never comes.
    Hang = 23, "hang", Task;
    /// It answers late: up to twice the usual deadline after the event came.
    LateReply = 24, "late-reply", Task;
    /// It computes for many periods of a budget before it goes on.
    BudgetOverrun = 25, "budget-overrun", Task;
    /// The end of an event has a length or a disposition that none has.
    WrongReply = 26, "wrong-reply", Liar;
    /// The reply is random bytes.
    MalformedReply = 27, "malformed-reply", Liar;
    /// The reply is longer than any message.
    OversizedReply = 28, "oversized-reply", Task;
    /// The commit reaches beyond its bounds: state, lines, interrupts or notifications that are not the task's.
    WrongCommit = 29, "wrong-commit", Task;
    /// A bit of its data, zero-initialised memory or stack flips.
    FlipMemory = 30, "flip-memory", Liar;
    /// A bit of its reply flips.
    FlipReply = 31, "flip-reply", Liar;
    /// It calls everybody that it may call, again and again, with random messages.
    FloodCalls = 32, "flood-calls", Liar;
    /// It notifies everybody that it may notify, again and again.
    FloodNotifications = 33, "flood-notifications", Task;
    /// It makes system calls with random numbers and arguments.
    FuzzSystemCalls = 34, "fuzz-system-calls", Liar;
}

impl InjectKind {
    /// As a bit of [`InjectRecord::kinds`](crate::image::InjectRecord::kinds).
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// All kinds that end a life, or nothing worse: what the task has said until then is right. A guest must not
    /// notice any of them.
    #[must_use]
    pub const fn fail_stop() -> u64 {
        let mut mask = 0;
        let mut rest = Self::ALL;
        while let [kind, tail @ ..] = rest {
            // A lost notification is a wait that does not end by itself: its victim may notice.
            if !matches!(kind.place(), Place::Liar) && !matches!(kind, Self::LostNotification) {
                mask |= kind.bit();
            }
            rest = tail;
        }
        mask
    }
}

/// First bit of [`Event::flags`](crate::message::Event::flags) by which the core tells a task to commit a fault: eight
/// bits with the number of the kind plus one.
pub const ORDER_SHIFT: u32 = 8;
/// First bit of the sixteen random bits that go with it.
pub const ORDER_RANDOM_SHIFT: u32 = 16;

/// The fault that an event's flags order, and random bits for it.
#[must_use]
pub const fn order(flags: u32) -> Option<(InjectKind, u16)> {
    let [_, number, low, high] = flags.to_le_bytes();
    match number.checked_sub(1) {
        Some(number) => match InjectKind::from_number(number) {
            Some(kind) => Some((kind, u16::from_le_bytes([low, high]))),
            None => None,
        },
        None => None,
    }
}

/// The flags that order a fault.
#[must_use]
pub const fn ordering(kind: InjectKind, random: u16) -> u32 {
    (kind as u32 + 1) << ORDER_SHIFT | (random as u32) << ORDER_RANDOM_SHIFT
}

const _: () = assert!(InjectKind::ALL.len() <= 64);
