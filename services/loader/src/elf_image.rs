//! ELF executables: their segments go to the physical addresses that they name.

use crate::LoadError;
use crate::memory::{Guest, GuestMemory};
use elf::ElfBytes;
use elf::ParseError;
use elf::abi::{EM_386, EM_X86_64, ET_EXEC, PT_LOAD, PT_NOTE};
use elf::endian::LittleEndian;
use elf::note::Note;
use elf::segment::ProgramHeader;

/// A parsed executable for x86.
pub(crate) struct ElfImage<'a>(ElfBytes<'a, LittleEndian>);

impl<'a> ElfImage<'a> {
    pub(crate) fn parse(image: &'a [u8]) -> Result<Self, LoadError> {
        let file = ElfBytes::minimal_parse(image).map_err(why)?;
        if file.ehdr.e_type != ET_EXEC || !matches!(file.ehdr.e_machine, EM_386 | EM_X86_64) {
            return Err(LoadError::Unsupported);
        }
        Ok(Self(file))
    }

    /// Puts the loadable segments into memory; the end of the highest.
    pub(crate) fn load<M: GuestMemory>(&self, guest: &mut Guest<'_, M>) -> Result<u64, LoadError> {
        let mut end = None;
        for segment in self.loadable()? {
            if segment.p_filesz > segment.p_memsz {
                return Err(LoadError::WrongKind);
            }
            let data = self.0.segment_data(&segment).map_err(why)?;
            guest.placement.claim(segment.p_paddr, segment.p_memsz)?;
            guest.write(segment.p_paddr, data)?;
            end = end.max(segment.p_paddr.checked_add(segment.p_memsz));
        }
        end.ok_or(LoadError::WrongKind)
    }

    /// The physical address of the entry point, which the file gives as a virtual one.
    pub(crate) fn entry(&self) -> Result<u64, LoadError> {
        let entry = self.0.ehdr.e_entry;
        let holder = self.loadable()?.find_map(|segment| {
            let offset = entry.checked_sub(segment.p_vaddr)?;
            (offset < segment.p_memsz).then(|| segment.p_paddr.checked_add(offset))?
        });
        Ok(holder.unwrap_or(entry))
    }

    /// What `choose` makes of the first note that it accepts.
    pub(crate) fn find_note<T>(
        &self,
        choose: impl Fn(&Note<'a>) -> Option<T>,
    ) -> Result<Option<T>, LoadError> {
        let Some(segments) = self.0.segments() else { return Ok(None) };
        for segment in segments.iter().filter(|segment| segment.p_type == PT_NOTE) {
            let mut notes = self.0.segment_data_as_notes(&segment).map_err(why)?;
            if let Some(found) = notes.find_map(|note| choose(&note)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn loadable(&self) -> Result<impl Iterator<Item = ProgramHeader> + use<'a>, LoadError> {
        let segments = self.0.segments().ok_or(LoadError::WrongKind)?;
        Ok(segments.into_iter().filter(|segment| segment.p_type == PT_LOAD && segment.p_memsz != 0))
    }
}

/// The parser's complaint in our words.
fn why(error: ParseError) -> LoadError {
    match error {
        ParseError::BadMagic(_) => LoadError::WrongKind,
        ParseError::UnsupportedElfClass(_)
        | ParseError::UnsupportedElfEndianness(_)
        | ParseError::UnsupportedVersion(_) => LoadError::Unsupported,
        _ => LoadError::Truncated,
    }
}
