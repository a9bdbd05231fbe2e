# A guest at the end of a serial cable: sends a numbered stream on COM2, and expects one from the other end. Built for real
# mode; the same for both ends.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ COM2, 0x2f8
.equ BYTES, 4096

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "link: starts\r\n"
    mov dx, COM2 + 2        # FIFOs on and empty, trigger level 1
    mov al, 0x07
    out dx, al
    mov dx, COM2 + 4
    mov al, 3
    out dx, al
    xor ebx, ebx            # bytes sent
    xor ebp, ebp            # bytes received

1:  mov dx, COM2 + 5
    in al, dx
    mov ah, al
    test al, 0x02           # overrun
    jnz lost
    test ah, 0x01           # data ready
    jz 2f
    mov dx, COM2
    in al, dx
    call number_of_ebp
    cmp al, cl
    jne wrong
    inc ebp
    mov ecx, ebp
    and ecx, 0x3ff
    jnz 1b
    SAY 16, "link: received "
    mov eax, ebp
    push ebx
    call print_hex_16
    pop ebx
    SAY 16, "\r\n"
    jmp 1b

2:  test ah, 0x20           # the transmitter is empty
    jz 1b
    cmp ebx, BYTES
    jae 4f
    mov esi, 16             # what the FIFO holds
3:  mov ecx, ebx
    call number_of_ecx
    mov al, cl
    mov dx, COM2
    out dx, al
    inc ebx
    dec esi
    jnz 3b
    jmp 1b

4:  cmp ebp, BYTES
    jb 1b
    SAY 16, "link: all came, once and in order\r\n"
    jmp end

wrong:
    push eax
    SAY 16, "link: FAILED at "
    mov eax, ebp
    call print_hex_16
    SAY 16, " got "
    pop eax
    movzx eax, al
    call print_hex_16
    SAY 16, "\r\n"
    jmp end
lost:
    SAY 16, "link: FAILED, overrun\r\n"
end:
    call serial_wait_16
    POWER_OFF

# The byte with the number in ebp: cl. A prime period, so that a chunk that is lost or doubled shows.
number_of_ebp:
    mov ecx, ebp
number_of_ecx:
    push eax
    push edx
    mov eax, ecx
    xor edx, edx
    mov ecx, 251
    div ecx
    mov ecx, edx
    pop edx
    pop eax
    ret

    SERIAL_ROUTINES 16
