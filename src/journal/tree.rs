//! The Merkle tree over a county's sealed entries, as RFC 6962 defines it. Stored are the hashes of complete subtrees, so
//! that an entry adds two of them on average and a proof reads as many as the tree is high.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tlog_tiles::tlog;
use tlog_tiles::{EMPTY_HASH, Hash, HashReader, node_hash};

use super::store;
use crate::error::{Error, Result};
use crate::work::Work;

/// Hashes written by one statement at most.
const ROWS: usize = 200;

/// The roots of the complete subtrees that a tree consists of, the highest first: all that is needed to go on.
#[derive(Debug, Clone, Default)]
pub(super) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; answers the hashes that this completes, as they are stored: the leaf's, then upwards.
    pub fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        let mut completed = vec![leaf];
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(left, hash);
                completed.push(hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
        completed
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev().copied();
        roots.next().map_or(EMPTY_HASH, |last| roots.fold(last, |right, left| node_hash(left, right)))
    }

    /// The frontier of the stored tree at a size.
    pub async fn load(work: &mut Work, size: u64) -> Result<Self> {
        let numbers = tlog::sub_tree_index(0, size, Vec::new());
        let mut roots = Vec::with_capacity(numbers.len());
        for number in numbers {
            roots.push(stored(work, number).await?);
        }
        Ok(Self { size, roots })
    }
}

/// The number of the first hash stored for the leaf `index`, which is the leaf's own.
pub(super) fn first_number(index: u64) -> u64 {
    tlog::stored_hash_index(0, index)
}

/// The leaf a stored hash is of; `None` for one of a higher level.
pub(super) fn leaf_of(number: u64) -> Option<u64> {
    match tlog::split_stored_hash_index(number) {
        (0, index) => Some(index),
        _ => None,
    }
}

/// How many leaves the stored tree has.
pub(super) async fn size(work: &mut Work) -> Result<u64> {
    let Some(last) = store::proofs::last_number(work).await? else { return Ok(0) };
    let (level, index) = tlog::split_stored_hash_index(unsigned(last)?);
    Ok((index + 1) << level)
}

/// Adds up to `most` sealed entries that the tree does not have yet; answers how many. An existing database gets its
/// tree this way, too.
pub(super) async fn grow(work: &mut Work, most: i64) -> Result<u64> {
    let size = size(work).await?;
    let entries = store::sealed_after(work, signed(size)?, most).await?;
    let next = |row: &store::SealRow, number: usize| row.position == size as i64 + number as i64 + 1;
    // Where a position is missing the tree ends: what comes after it has no place in it.
    let fitting = entries.iter().enumerate().take_while(|(number, row)| next(row, *number)).map(|(_, row)| row);
    let mut frontier = Frontier::load(work, size).await?;
    let mut hashes = Vec::new();
    for row in fitting {
        let number = first_number(frontier.size());
        let completed = frontier.push(super::leaf::leaf_hash(&row.entry));
        hashes.extend((number..).zip(completed));
    }
    for rows in hashes.chunks(ROWS) {
        store::proofs::insert_hashes(work, rows).await?;
    }
    Ok(frontier.size() - size)
}

/// The root of the stored tree when it had `size` leaves; `None` when it has fewer.
pub(super) async fn root_at(work: &mut Work, of: i64) -> Result<Option<Hash>> {
    let of = unsigned(of)?;
    if of > size(work).await? {
        return Ok(None);
    }
    Ok(Some(Frontier::load(work, of).await?.root()))
}

/// The hashes that prove that the leaf `index` is in the tree of that size.
pub(super) async fn prove_entry(work: &mut Work, size: i64, index: i64) -> Result<Vec<String>> {
    let (size, index) = (unsigned(size)?, unsigned(index)?);
    read_twice(work, |reader| tlog::prove_record(size, index, reader)).await
}

/// The hashes that prove that the tree of size `to` continues the one of size `from`.
pub(super) async fn prove_growth(work: &mut Work, from: i64, to: i64) -> Result<Vec<String>> {
    if from == 0 {
        return Ok(Vec::new());
    }
    let (from, to) = (unsigned(from)?, unsigned(to)?);
    read_twice(work, |reader| tlog::prove_tree(to, from, reader)).await
}

/// The library asks for all hashes in one call that cannot wait for a database: so it is asked once for their numbers,
/// and once more with the hashes at hand.
async fn read_twice(
    work: &mut Work,
    prove: impl Fn(&Reader) -> std::result::Result<Vec<Hash>, tlog::Error>,
) -> Result<Vec<String>> {
    let asking = Reader::default();
    prove(&asking).map_err(Error::internal)?;
    let mut known = HashMap::new();
    for number in asking.asked.into_inner() {
        known.insert(number, stored(work, number).await?);
    }
    let proof = prove(&Reader { known, asked: RefCell::default() }).map_err(Error::internal)?;
    Ok(proof.iter().map(|hash| BASE64.encode(hash.0)).collect())
}

#[derive(Default)]
struct Reader {
    known: HashMap<u64, Hash>,
    asked: RefCell<Vec<u64>>,
}

impl HashReader for Reader {
    fn read_hashes(&self, numbers: &[u64]) -> std::result::Result<Vec<Hash>, tlog::Error> {
        self.asked.borrow_mut().extend(numbers);
        Ok(numbers.iter().map(|number| self.known.get(number).copied().unwrap_or_default()).collect())
    }
}

async fn stored(work: &mut Work, number: u64) -> Result<Hash> {
    let hash = store::proofs::find_hash(work, signed(number)?).await?;
    // Missing or cut short, it is the hash of nothing: what is computed with it will not fit.
    Ok(Hash(hash.and_then(|hash| hash.try_into().ok()).unwrap_or_default()))
}

/// Whether these hashes prove that the leaf is the entry at `position` of the tree with that size and root.
pub(super) fn is_entry(proof: &[String], (size, root): (i64, Hash), position: i64, leaf: Hash) -> bool {
    let index = unsigned(position.saturating_sub(1));
    let (Some(proof), Ok(size), Ok(index)) = (hashes(proof), unsigned(size), index) else {
        return false;
    };
    tlog::check_record(&proof, size, root, index, leaf).is_ok()
}

/// Whether these hashes prove that the second tree continues the first.
pub fn continues(proof: &[String], (from, old): (i64, Hash), (to, new): (i64, Hash)) -> bool {
    let (Some(proof), Ok(from), Ok(to)) = (hashes(proof), unsigned(from), unsigned(to)) else { return false };
    match from {
        0 => proof.is_empty() && old == EMPTY_HASH,
        _ => tlog::check_tree(&proof, to, new, from, old).is_ok(),
    }
}

fn hashes(texts: &[String]) -> Option<Vec<Hash>> {
    texts.iter().map(|text| Hash::parse_hash(text).ok()).collect()
}

pub(super) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(Error::internal)
}

pub(super) fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::record_hash;

    use super::*;

    /// RFC 6962, 2.1, word by word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => EMPTY_HASH,
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(naive_root(left), naive_root(right))
            }
        }
    }

    /// RFC 6962, 2.1.1.
    fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let middle = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(middle);
        let (mut path, other) = match index < middle {
            true => (naive_path(index, left), naive_root(right)),
            false => (naive_path(index - middle, right), naive_root(left)),
        };
        path.push(other);
        path
    }

    /// RFC 6962, 2.1.2.
    fn naive_growth(from: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        if from == leaves.len() {
            return if whole { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let middle = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(middle);
        let (mut path, other) = match from <= middle {
            true => (naive_growth(from, left, whole), naive_root(right)),
            false => (naive_growth(from - middle, right, false), naive_root(left)),
        };
        path.push(other);
        path
    }

    fn stored_hashes(leaves: &[Hash]) -> Reader {
        let (mut frontier, mut known) = (Frontier::default(), HashMap::new());
        for leaf in leaves {
            let first = first_number(frontier.size());
            known.extend((first..).zip(frontier.push(*leaf)));
        }
        Reader { known, asked: RefCell::default() }
    }

    fn texts(hashes: &[Hash]) -> Vec<String> {
        hashes.iter().map(|hash| BASE64.encode(hash.0)).collect()
    }

    fn leaves(number: usize) -> Vec<Hash> {
        (0..number).map(|n| record_hash(&n.to_be_bytes())).collect()
    }

    proptest! {
        #[test]
        fn roots_and_proofs_are_those_of_the_rfc(size in 1_usize..200, a: prop::sample::Index, b: prop::sample::Index) {
            let leaves = leaves(size);
            let (index, from) = (a.index(size), b.index(size) + 1);
            let stored = stored_hashes(&leaves);
            let mut frontier = Frontier::default();
            leaves.iter().for_each(|leaf| drop(frontier.push(*leaf)));
            prop_assert_eq!(frontier.root(), naive_root(&leaves));
            let path = tlog::prove_record(size as u64, index as u64, &stored).unwrap();
            prop_assert_eq!(&path, &naive_path(index, &leaves));
            let growth = tlog::prove_tree(size as u64, from as u64, &stored).unwrap();
            prop_assert_eq!(&growth, &naive_growth(from, &leaves, true));
            let root = (size as i64, frontier.root());
            prop_assert!(is_entry(&texts(&path), root, index as i64 + 1, leaves[index]));
            prop_assert!(continues(&texts(&growth), (from as i64, naive_root(&leaves[..from])), root));
        }

        #[test]
        fn nothing_else_is_proven(size in 2_usize..100, a: prop::sample::Index, b: prop::sample::Index, byte in 0_usize..32) {
            let leaves = leaves(size);
            let (index, from) = (a.index(size), b.index(size - 1) + 1);
            let root = (size as i64, naive_root(&leaves));
            let path = naive_path(index, &leaves);
            let mut wrong = leaves[index];
            wrong.0[byte] ^= 1;
            prop_assert!(!is_entry(&texts(&path), root, index as i64 + 1, wrong));
            for other in (0..size + 2).filter(|other| *other != index + 1) {
                prop_assert!(!is_entry(&texts(&path), root, other as i64, leaves[index]), "at {}", other);
            }
            prop_assert!(!is_entry(&texts(&path[1..]), root, index as i64 + 1, leaves[index]));
            let growth = naive_growth(from, &leaves, true);
            let mut old = naive_root(&leaves[..from]);
            old.0[byte] ^= 1;
            prop_assert!(!continues(&texts(&growth), (from as i64, old), root));
            prop_assert!(!continues(&texts(&growth), root, (from as i64, naive_root(&leaves[..from]))));
        }
    }

    fn hash(hex: &str) -> Hash {
        let bytes: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect();
        Hash(bytes.try_into().unwrap())
    }

    /// The vectors of Certificate Transparency's own tests.
    #[test]
    fn the_published_vectors_hold() {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect()
        };
        let leaves: Vec<Hash> = inputs.iter().map(|hex| record_hash(&bytes(hex))).collect();
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        for (leaf, root) in leaves.iter().zip(roots) {
            frontier.push(*leaf);
            assert_eq!(frontier.root(), hash(root));
        }
        let growth = [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(tlog::prove_tree(8, 6, &stored_hashes(&leaves)).unwrap(), growth.map(hash));
        let path = [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ];
        assert_eq!(tlog::prove_record(8, 0, &stored_hashes(&leaves)).unwrap(), path.map(hash));
    }
}
