//! Reports in good CBOR, well signed, that say what the contract doesn't admit.

use crate::faults::Faults;
use crate::raw::Item;

pub fn all(f: &mut Faults<'_>) {
    wrong_types(f);
    unknown_and_missing(f);
    location(f);
    out_of_bounds(f);
}

fn raw(bytes: &[u8]) -> Item {
    Item::Raw(bytes.to_vec())
}

fn sighting(report: &mut Item) -> &mut Item {
    let Item::Array(sightings) = report.at(266).at("apps").at(3) else { panic!("sightings are a list") };
    &mut sightings[0]
}

fn wrong_types(f: &mut Faults<'_>) {
    f.payload("iat-text", "wrong-type", "iat as text.", false, |report| {
        *report.at(6) = "2023-04-01T00:00:00Z".into()
    });
    f.payload("null-for-absent", "wrong-type", "null where an absent claim is left out.", false, |report| {
        *report.at(-70003) = raw(&[0xf6]);
    });
    f.payload(
        "ueid-type",
        "wrong-type",
        "A ueid of another type (an IMEI, 0x03): a phone's IMEI has no place here.",
        true,
        |report| {
            *report.at(256) = [&[3][..], &[0x35; 16]].concat().into();
        },
    );
    f.payload("several-nonces", "wrong-type", "A list of nonces, which EAT would allow.", false, |report| {
        let nonce = report.at(10).clone();
        *report.at(10) = Item::Array(vec![nonce.clone(), nonce]);
    });
    f.payload("fact-list", "wrong-type", "A list where the fact is a word.", false, |report| {
        *report.at(266).at("device").at(8) = Item::Array(Vec::new());
    });
    f.payload("trigger-unknown", "unknown-value", "A trigger that isn't on the list.", false, |report| {
        *report.at(-70004) = 99.into()
    });
    f.payload("reason-unknown", "unknown-value", "A reason that isn't on the list.", false, |report| {
        *report.at(266).at("device").at(7) = (-5).into();
    });
    f.payload(
        "source-read-unknown",
        "unknown-value",
        "A source of the inventory that was read as 1.",
        false,
        |report| {
            *report.at(266).at("apps").at(1).at(3) = 1.into();
        },
    );
    f.payload(
        "profile-unknown",
        "unknown-profile",
        "A profile of a version that doesn't exist.",
        false,
        |report| {
            *report.at(265) = "urn:uuid:00000000-0000-4000-8000-000000000000".into();
        },
    );
}

fn unknown_and_missing(f: &mut Faults<'_>) {
    f.payload(
        "claim-unknown",
        "unknown-claim",
        "A private claim that the contract doesn't know.",
        false,
        |report| report.add(-70010, 1),
    );
    f.payload(
        "claim-oemid",
        "unknown-claim",
        "A registered claim of EAT (oemid, 258) that the profile leaves out.",
        false,
        |report| {
            report.add(258, vec![1, 2, 3]);
        },
    );
    f.payload("claim-text-key", "unknown-claim", "A claim with a name for a key.", false, |report| {
        report.add("note", "hello")
    });
    f.payload("submodule-unknown", "unknown-claim", "A fourth submodule.", false, |report| {
        report.at(266).add("messages", Item::Array(Vec::new()));
    });
    f.payload(
        "sighting-label",
        "unknown-claim",
        "An entry too many in a sighting: there is no place for more about a person.",
        false,
        |report| {
            sighting(report).add(14, "Family chat");
        },
    );
    f.payload("device-imei", "unknown-claim", "A fact that the contract doesn't know.", false, |report| {
        report.at(266).at("device").add(28, "356938035643809");
    });
    f.payload(
        "source-of-no-fact",
        "unknown-claim",
        "A source for a fact that doesn't exist: a number that could carry anything.",
        false,
        |report| {
            report.at(266).at("device").at(0).add(4_294_967_296, 1);
        },
    );
    f.payload("nonce-missing", "missing-claim", "No nonce.", false, |report| report.remove(10));
    f.payload("number-missing", "missing-claim", "No number in the chain.", false, |report| {
        report.remove(-70002)
    });
    f.payload("submodule-missing", "missing-claim", "Nothing about the agent.", false, |report| {
        report.at(266).remove("agent")
    });
    f.payload("fact-missing", "missing-claim", "A fact with neither value nor reason.", false, |report| {
        report.at(266).at("device").remove(10);
    });
}

fn location(f: &mut Faults<'_>) {
    let place = || Item::Map(vec![(1.into(), raw(&[0x18, 55])), (2.into(), raw(&[0x18, 37]))]);
    f.payload("location", "location-claim", "A location claim.", false, |report| report.add(264, place()));
    f.payload("location-in-device", "location-claim", "A location among the facts.", false, |report| {
        report.at(266).at("device").add(264, place());
    });
    f.payload("location-in-submods", "location-claim", "A location among the submodules.", false, |report| {
        report.at(266).add(264, place());
    });
    f.payload("location-in-sighting", "location-claim", "A location in a sighting.", false, |report| {
        sighting(report).add(264, place());
    });
    f.payload(
        "location-in-sources",
        "location-claim",
        "A location among the sources of facts.",
        false,
        |report| {
            report.at(266).at("device").at(0).add(264, 1);
        },
    );
}

fn out_of_bounds(f: &mut Faults<'_>) {
    f.payload("nonce-short", "out-of-bounds", "A nonce of 7 bytes.", false, |report| {
        *report.at(10) = vec![1; 7].into()
    });
    f.payload("nonce-long", "out-of-bounds", "A nonce of 65 bytes.", false, |report| {
        *report.at(10) = vec![1; 65].into()
    });
    f.payload("iat-before-1970", "out-of-bounds", "A time before 1970.", false, |report| {
        *report.at(6) = (-1).into()
    });
    f.payload("iat-after-9999", "out-of-bounds", "A time that RFC 3339 cannot write.", false, |report| {
        *report.at(6) = 253_402_300_800.into();
    });
    f.payload("dropped-too-many", "out-of-bounds", "65 ranges of dropped numbers.", false, |report| {
        *report.at(-70008) =
            Item::Array((0..65).map(|nth| Item::Array(vec![(3 * nth).into(), (3 * nth).into()])).collect());
    });
    f.payload("range-backwards", "out-of-bounds", "A range from 3 to 2.", true, |report| {
        *report.at(-70008) = Item::Array(vec![Item::Array(vec![3.into(), 2.into()])]);
    });
    f.payload("sightings-too-many", "out-of-bounds", "257 sightings.", false, |report| {
        *report.at(266).at("apps").at(3) = Item::Array(vec![0.into(); 257]);
    });
    f.payload("root-signs-too-many", "out-of-bounds", "33 signs of root.", false, |report| {
        let sign = Item::Map(vec![(1.into(), 1.into()), (2.into(), "su".into())]);
        *report.at(266).at("device").at(18) = Item::Array(vec![sign; 33]);
    });
    f.payload(
        "empty-list",
        "out-of-bounds",
        "An empty list that should have been left out.",
        false,
        |report| {
            *report.at(-70008) = Item::Array(Vec::new());
        },
    );
    f.payload("text-too-long", "out-of-bounds", "A model of 49 bytes.", false, |report| {
        *report.at(266).at("device").at(8) = "x".repeat(49).as_str().into();
    });
    f.payload(
        "text-control",
        "out-of-bounds",
        "A control character, which could write over a terminal's line.",
        true,
        |report| {
            *report.at(266).at("device").at(8) = "r570e\u{1b}[2K".into();
        },
    );
}
