//! The sixteen conditions of SETcc and CMOVcc (Intel SDM volume 1, appendix B).

use crate::alu::{CF, OF, PF, SF, ZF};
use iced_x86::Mnemonic;

/// What a mnemonic tests, if it is a SETcc.
pub(crate) fn of_setcc(mnemonic: Mnemonic, rflags: u64) -> Option<bool> {
    use Mnemonic as M;
    let number = [
        [M::Seto, M::Setno],
        [M::Setb, M::Setae],
        [M::Sete, M::Setne],
        [M::Setbe, M::Seta],
        [M::Sets, M::Setns],
        [M::Setp, M::Setnp],
        [M::Setl, M::Setge],
        [M::Setle, M::Setg],
    ];
    holds(position(&number, mnemonic)?, rflags)
}

/// What a mnemonic tests, if it is a CMOVcc.
pub(crate) fn of_cmovcc(mnemonic: Mnemonic, rflags: u64) -> Option<bool> {
    use Mnemonic as M;
    let number = [
        [M::Cmovo, M::Cmovno],
        [M::Cmovb, M::Cmovae],
        [M::Cmove, M::Cmovne],
        [M::Cmovbe, M::Cmova],
        [M::Cmovs, M::Cmovns],
        [M::Cmovp, M::Cmovnp],
        [M::Cmovl, M::Cmovge],
        [M::Cmovle, M::Cmovg],
    ];
    holds(position(&number, mnemonic)?, rflags)
}

/// Pair and place in it: the encoding's bits 3:1 and 0.
fn position(pairs: &[[Mnemonic; 2]; 8], mnemonic: Mnemonic) -> Option<(usize, bool)> {
    pairs.iter().enumerate().find_map(|(number, [plain, negated])| {
        (*plain == mnemonic || *negated == mnemonic).then_some((number, *negated == mnemonic))
    })
}

fn holds((pair, negated): (usize, bool), rflags: u64) -> Option<bool> {
    let is_set = |mask: u64| rflags & mask != 0;
    let less = is_set(SF) != is_set(OF);
    let plain = match pair {
        0 => is_set(OF),
        1 => is_set(CF),
        2 => is_set(ZF),
        3 => is_set(CF | ZF),
        4 => is_set(SF),
        5 => is_set(PF),
        6 => less,
        7 => less || is_set(ZF),
        _ => return None,
    };
    Some(plain != negated)
}
