//! Recovery code sets and password hashes that were made once: hashing is slow on purpose, and no test
//! here is about how a hash is made.

use countersign::{
    AccountId, RecoverySetId,
    password::StoredPassword,
    recovery::{Pepper, RecoverySet, StoredCode},
    secret::{Place, Purpose},
};

use crate::house::{START, chance, keyring};

pub(crate) const PASSWORD: &str = "a password of its own";

const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$k+bbsRhMSkhFvV6SOyhFKQ$3a3idqtJa4LCeHQ27QaKWIQrHJ3vSpTslC32rt9qq1w";
const OTHER_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$pL00soCm9MAKuXnH3clqrg$wUoZaqG7WZuwXv536lb8teq3s1pk0qH95rEeNBfzlpA";

/// A recovery code set: its salt, its pepper, and ten codes with their hashes.
pub(crate) struct Borrowed {
    salt: &'static str,
    pepper: &'static str,
    codes: [(&'static str, &'static str); 10],
}

pub(crate) static FIRST: Borrowed = Borrowed {
    salt: "c21b63d9782edc2e990572c0507a3ebe",
    pepper: "98ff69f676ae2fa7ecb5c6109b1c6556bc84facc5506a6e5d346c25c34b98564",
    codes: [
        ("3QWS-3W56-2GJF-CT4M", "58b3aafd7df7e78111c34aa29c3b48a01604aa6a6847f83c48526c08b2bcc59a"),
        ("BA39-1TXW-GNT3-RK72", "0a3488d6da4e77a9fa27af34b14bee7c09f35cf11fa9d84bd1ba37a1868867dc"),
        ("C11M-MVFF-K8GP-MXQX", "75dd3d389d7b3b8b40db7c50dc146296170d573675f6d2aa54855df1496d473d"),
        ("B4V3-Q2WS-6G78-AVVR", "e355edfbc1ff1383e877b683d6195844f57fce440b3164df1df4159acdf2d781"),
        ("EE9W-EEF1-9GGG-D6VR", "068bd68f78ec62f5b30c8b0dfc1cca88c827e7c210926905fe35e55ec01f2244"),
        ("SEKY-8D30-5WZC-95K0", "ecc22e8b3070d3f3c132e4e7455ba092ecf5cb97439262998db5beff01483b36"),
        ("CKZR-4TD4-8ADY-BSYE", "9a0d1e310b8ee7ce137141055cfc9af4d72bc1ec0ba426f788657c9c97412f17"),
        ("QX4M-PV1F-S82G-QP2Z", "24d27c696002eb7624757dd5f94157d526fb0d58039b9ed74333dd4cdf2e2132"),
        ("6J7Y-BVCX-DTHJ-YWPT", "9ee7ce2545f8a6529de877150362a50414e1a9f8e18363c4411a0c99a9baecaf"),
        ("T4EK-Q9W9-YTBW-4SVZ", "5ab6ab5479c93ec18a34e56c5a1cc8e59e9f5e8ea564ba6b3861d12b9b849621"),
    ],
};

pub(crate) static SECOND: Borrowed = Borrowed {
    salt: "a065d6ccd29d7e8b64a262f00ac56bfc",
    pepper: "3b421fb894b8632409fd2c090c87572ac2fbc2169366a99b82998497f3ad1e0a",
    codes: [
        ("H6FJ-4S0E-YDCR-8XMZ", "7a2761a83090383c20253a962eb6f9d02292c18b0c410298a847db94d32443b8"),
        ("DAFH-2RSQ-3ZVR-N1EX", "0e686ee2fd95a1bd347aedfdfb2261445ec1926ee44d6d318506134b5b577f22"),
        ("FMWK-70XF-0WVV-2211", "8c63fece95abc771ae3e57ee443f6423890ce81b4e2712346235788fc8ebd617"),
        ("SPW4-ZEFH-C01G-01KG", "7c8d51acc81c2cc2629f85aac66dd159045b7dd2db5b27d24156478cecb39273"),
        ("KRTX-6GP4-AADW-3G9S", "6f91dbbf898d35884126f0f4a7cb940828a74f6225a5e939e615f4f74a4926e7"),
        ("B75R-C7G2-FC3F-Z004", "c0c73e160e5e585cb83b3f899b67ed7b30d643d27efab5aa2c9f6e7c1d051e7b"),
        ("68KW-VRD0-4RMS-CVJJ", "9deb12aa0e1d56713688afad74ae115c942661ce37f56325efc6100e34d50656"),
        ("3203-VZ17-AFT3-V2T5", "dd5afdda03c63db4297da85c2943fcc27f25e3f8485e1540ebac3dbd5627cd73"),
        ("DRKE-YGHH-6CR0-RNVZ", "47622cafff97cf8ab87c47d283dd030cb810fb98cf509df2af842a41ed7f184d"),
        ("YSK3-7R3G-HJ5W-6JCA", "395f5bb5bc9a935e8e82316b5b7c88cb4242234e53b073534628a675b955a199"),
    ],
};

impl Borrowed {
    /// The set under an id of its own, as if it had just been made.
    pub(crate) fn set(&self) -> RecoverySet {
        let mut rng = chance();
        let id = RecoverySetId::fresh(START, &mut rng);
        // A pepper comes from the engine alone, so the known one goes through a seal.
        let (account, keyring) = (AccountId::fresh(START, &mut rng), keyring(1));
        let place = Place { owner: account.into(), item: &id.to_string(), purpose: Purpose::RecoveryPepper };
        let sealed = keyring.seal(&place, &bytes(self.pepper), &mut rng);
        let pepper = Pepper::open(&keyring, account, id, &sealed).unwrap();
        let stored = |hash| StoredCode { hash: bytes(hash).try_into().unwrap(), used_at: None };
        let codes = self.codes.iter().map(|(_, hash)| stored(hash)).collect();
        RecoverySet { id, salt: bytes(self.salt).try_into().unwrap(), pepper, codes }
    }

    /// One of its ten codes as it is printed.
    pub(crate) fn code(&self, nth: usize) -> &'static str {
        self.codes[nth].0
    }

    /// All ten as they are printed.
    pub(crate) fn printed(&self) -> impl Iterator<Item = &'static str> {
        self.codes.iter().map(|(code, _)| *code)
    }
}

/// The hash of [`PASSWORD`].
pub(crate) fn hash() -> StoredPassword {
    StoredPassword::from_phc(HASH.to_owned()).unwrap()
}

/// The hash of another password.
pub(crate) fn other_hash() -> StoredPassword {
    StoredPassword::from_phc(OTHER_HASH.to_owned()).unwrap()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hexadecimal.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|two| two[0] * 16 + two[1]).collect()
}
