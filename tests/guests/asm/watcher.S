# The guest that watches its devices while their servers die. In each round it writes a numbered line, takes numbered
# interrupts, writes and reads numbers in every device, and compares all registers around each access.
#
# `~ROUND TEXT;` is a line of the stream, three in a round; `!ROUND DEVICE STEP EXPECTED FOUND;` is a miss;
# `=ROUND MISSES;` ends a round; `=end;` comes after the last.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"
#include "protected.inc"
#include "watcher/checks.inc"
#include "watcher/stream.inc"
#include "watcher/interrupts.inc"
#include "watcher/devices.inc"

.code16
start:
    BEGIN 16, 0             # rounds
    call serial_start_16
    ENTER_PROTECTED
    SERIAL_ROUTINES 16

.code32
protected:
    SET_SEGMENTS
    call start_checks
    call start_stream
    call start_interrupts

round:
    inc dword ptr [number]
    call stream_by_polling
    call stream_by_strings
    call stream_by_interrupts
    call one_timer_interrupt
    call one_clock_interrupt
    call timer_counts
    call clock_keeps
    call pic_keeps
    call io_apic_keeps
    call bridge_keeps
    call power_keeps
    call serial_keeps
    call local_apic_keeps
    call nothing_is_there
    call compare_extended
    call report
    mov eax, [number]
    cmp eax, [parameter]
    jb round

    SAY 32, "=end;\r\n"
    call wait_until_sent
    POWER_OFF

    CHECK_ROUTINES
    STREAM_ROUTINES
    INTERRUPT_ROUTINES
    DEVICE_ROUTINES
    SERIAL_ROUTINES 32

.data
    TABLES
    CHECK_DATA
    STREAM_DATA
    INTERRUPT_DATA
