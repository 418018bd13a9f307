//! The operations about labels, groups and schedules: a part of the table in `operations.rs`.

use super::{groups, labels, schedules};
use crate::auth::{Kind, Right};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Their operations.
pub fn grouping(api: Api) -> Api {
    of_schedules(of_groups(of_labels(api)))
}

fn of_labels(api: Api) -> Api {
    api.get(
        "/devices/{id}/labels",
        about("showLabels", "The labels of a device, as they can be edited.")
            .needs(Right::OneDevice)
            .of(Kind::Device)
            .versioned(),
        labels::show,
    )
    .patch(
        "/devices/{id}/labels",
        about("editLabels", "Gives a device labels, or takes some away.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .problems(&[Code::BadLabel, Code::DeviceErased]),
        labels::edit,
    )
    .post(
        "/devices/labels",
        about("labelDevices", "Changes the labels of many devices: those that are named, or that a query finds.")
            .needs(Right::Enrol)
            .scoped()
            .more("At most 10,000 at once. Each change is an entry of the audit. Whoever asks twice changes nothing the second time.")
            .problems(&[
                Code::BadLabel,
                Code::BadQuery,
                Code::ScanWhom,
                Code::ScanTooMany,
                Code::TooManyDevices,
                Code::DeviceErased,
            ]),
        labels::many,
    )
}

fn of_groups(api: Api) -> Api {
    const WRITING: &[Code] = &[Code::BadTitle, Code::BadQuery, Code::BadSort, Code::BadColumns];
    api.get(
        "/groups",
        about("listGroups", "Lists the groups: queries under a name.").needs(Right::Read).scoped(),
        groups::list,
    )
    .post(
        "/groups",
        about("addGroup", "Puts a query under a name: `group:NAME` stands for it in every query.")
            .needs(Right::Scan)
            .scoped()
            .makes()
            .more("An organisation has at most 200, one right below one that belongs to no other at most 1,000 with all below it, and a whole tree 5,000; the whole server has 200 of its own.")
            .problems(&[
                Code::BadId,
                Code::BadTitle,
                Code::BadQuery,
                Code::BadSort,
                Code::BadColumns,
                Code::GroupExists,
                Code::GroupLimit,
                Code::NotFound,
            ]),
        groups::post,
    )
    .get(
        "/groups/{id}",
        about("showGroup", "One group, as it can be edited.").needs(Right::Read).of(Kind::Group).versioned(),
        groups::show,
    )
    .patch(
        "/groups/{id}",
        about("editGroup", "Changes what a group is called, finds or shows.")
            .needs(Right::Scan)
            .of(Kind::Group)
            .problems(WRITING),
        groups::edit,
    )
    .delete(
        "/groups/{id}",
        about("removeGroup", "Takes a group away; queries that name it are refused from then on.")
            .needs(Right::Scan)
            .of(Kind::Group)
            .problems(&[Code::GroupInUse]),
        groups::delete,
    )
}

fn of_schedules(api: Api) -> Api {
    const WRITING: &[Code] = &[
        Code::BadQuery,
        Code::BadSchedule,
        Code::OrderReason,
        Code::ScheduleLimit,
        Code::ScheduleOver,
        Code::NotFound,
    ];
    api.get(
        "/schedules",
        about("listSchedules", "Lists the scans that are repeated, those first that go on.")
            .needs(Right::Read)
            .scoped(),
        schedules::list,
    )
    .post(
        "/schedules",
        about(
            "addSchedule",
            "Has a scan repeated: every day, weekday, week or month, in the organisation's time zone.",
        )
        .needs(Right::Scan)
        .scoped()
        .makes()
        .more("What its author may is looked at anew at each run. A run that was missed is made up for once. Of an organisation at most 200 go on at once, of one right below one that belongs to no other at most 1,000 with all below it, and of a whole tree 5,000; of the whole server 200.")
        .problems(WRITING),
        schedules::post,
    )
    .get(
        "/schedules/{id}",
        about("showSchedule", "One scan that is repeated, as it can be edited.")
            .needs(Right::Read)
            .of(Kind::Schedule)
            .more("Its runs are listed by `/scans?schedule=ID`.")
            .versioned(),
        schedules::show,
    )
    .patch(
        "/schedules/{id}",
        about("editSchedule", "Changes a scan that is repeated, pauses it, or has it go on.")
            .needs(Right::Scan)
            .of(Kind::Schedule)
            .more("What is missed while it is paused is not made up for.")
            .problems(WRITING),
        schedules::edit,
    )
    .post(
        "/schedules/{id}/end",
        about("endSchedule", "Ends a scan that is repeated. Its runs stay.")
            .needs(Right::Scan)
            .of(Kind::Schedule)
            .problems(&[Code::ScheduleOver]),
        schedules::end,
    )
}
