//! Archives in the "new ASCII" cpio format, as Linux unpacks them (Documentation/driver-api/early-userspace/buffer-format.rst).
//!
//! The same entries make the same bytes: no times, no owners.

/// File type bits of a mode.
const DIRECTORY: u32 = 0o040_000;
const CHARACTER_DEVICE: u32 = 0o020_000;
const REGULAR: u32 = 0o100_000;

/// An archive under construction.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    bytes: Vec<u8>,
    entries: usize,
}

impl Archive {
    pub(crate) fn directory(&mut self, name: &str) {
        self.entry(name, DIRECTORY | 0o755, (0, 0), &[]);
    }

    pub(crate) fn executable(&mut self, name: &str, data: &[u8]) {
        self.entry(name, REGULAR | 0o755, (0, 0), data);
    }

    pub(crate) fn character_device(&mut self, name: &str, major: usize, minor: usize) {
        self.entry(name, CHARACTER_DEVICE | 0o600, (major, minor), &[]);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, (0, 0), &[]);
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, device: (usize, usize), data: &[u8]) {
        self.entries += 1;
        let (major, minor) = device;
        // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
        let fields =
            [self.entries, mode as usize, 0, 0, 1, 0, data.len(), 0, 0, major, minor, name.len() + 1, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08X}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(data);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, mode, data: an own reader, by the format's description.
    fn read(mut archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut entries = Vec::new();
        let whole = archive.len();
        loop {
            let field = |index: usize| {
                let at = 6 + index * 8;
                usize::from_str_radix(std::str::from_utf8(&archive[at..at + 8]).unwrap(), 16).unwrap()
            };
            assert_eq!(&archive[..6], b"070701");
            let (mode, size, name_size) = (field(1), field(6), field(11));
            let name = String::from_utf8(archive[110..110 + name_size - 1].to_vec()).unwrap();
            let data = (110 + name_size).next_multiple_of(4);
            if name == "TRAILER!!!" {
                return entries;
            }
            entries.push((name, u32::try_from(mode).unwrap(), archive[data..data + size].to_vec()));
            archive = &archive[(data + size).next_multiple_of(4)..];
            assert_eq!((whole - archive.len()) % 4, 0);
        }
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let mut archive = Archive::default();
        archive.directory("bin");
        archive.executable("bin/odd", b"12345");
        archive.character_device("console", 5, 1);
        let expected = [
            ("bin".into(), 0o040_755, vec![]),
            ("bin/odd".into(), 0o100_755, b"12345".to_vec()),
            ("console".into(), 0o020_600, vec![]),
        ];
        assert_eq!(read(&archive.finish()), expected);
    }

    #[test]
    fn a_device_has_its_numbers() {
        let mut archive = Archive::default();
        archive.character_device("console", 5, 1);
        assert_eq!(&archive.finish()[6 + 9 * 8..6 + 11 * 8], b"0000000500000001");
    }
}
