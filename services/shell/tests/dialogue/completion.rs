//! The Tab key.

use crate::fake::Desk;

#[test]
fn a_clear_beginning_becomes_the_word() {
    let mut desk = Desk::new();
    assert_eq!(desk.send("pau\t"), "pause ");
    assert_eq!(desk.send("b\t"), "blue ");
    assert_eq!(desk.ask(""), "blue: it is off; pause is for a VM that is started\n");
}

#[test]
fn an_unclear_beginning_shows_what_it_could_become() {
    let mut desk = Desk::new();
    desk.send("\r");
    assert_eq!(desk.send("re"), "re");
    assert_eq!(desk.send("\t"), "\nregs  resume  reset  \n\rbulkhead> re");
    assert_eq!(desk.send("s"), "s");
    assert_eq!(desk.send("\t"), "\nresume  reset  \n\rbulkhead> res");
}

#[test]
fn each_place_has_words_of_its_own() {
    let mut desk = Desk::new();
    assert_eq!(desk.send("device r\tvp\t"), "device red vpic ");
    desk.send("\x15loglevel w\t");
    assert_eq!(desk.row().0, "loglevel warning");
    desk.send("\x15shutdown red \t");
    assert_eq!(desk.row().0, "shutdown red force");
    // Nothing can follow, and nothing is made up.
    desk.send("\x15version x\t");
    assert_eq!(desk.row().0, "version x");
    desk.send("\x15nonsense r\t");
    assert_eq!(desk.row().0, "nonsense r");
}
