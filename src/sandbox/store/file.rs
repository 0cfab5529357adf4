//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::log::digest;

/// Whether [`replace`] can do its work. Leaves nothing behind: where the folder is still to be made, it asks the nearest
/// one above.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let there = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || folder.exists());
    let folder = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    NamedTempFile::new_in(folder)?.close()
}

/// The text of a file; none when there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Replaces the file by one of this text, or leaves it as it is: whoever reads it, at any time, reads one of the two
/// whole. Makes the folder when there is none. Gives the digest of the text.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<String> {
    written(path, text, &Builder::new())?.persist(path)?;
    Ok(digest(text.as_bytes()))
}

/// As [`replace`], for whom a lock keeps alone: the new file has the same name each time until it is in its place, so
/// that what a killed process left of one is cleared away.
pub(super) fn replace_alone(path: &Path, text: &str) -> io::Result<String> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".half");
    match fs::remove_file(path.with_file_name(&name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    written(path, text, Builder::new().prefix(&name).rand_bytes(0))?.persist(path)?;
    Ok(digest(text.as_bytes()))
}

/// Makes a file of this text, whole or not at all, where there is none yet.
pub(super) fn create(path: &Path, text: &str) -> io::Result<()> {
    written(path, text, &Builder::new())?.persist_noclobber(path)?;
    Ok(())
}

/// The text in a file beside the one that it is to be. Only its owner can read it.
fn written(path: &Path, text: &str, named: &Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = named.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_data()?;
    Ok(file)
}
