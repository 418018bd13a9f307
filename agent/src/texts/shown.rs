//! What shows that a rule is kept or broken.

use super::table::Entry;

/// Names of what is shown, and values that are sentences of the server's own.
pub(super) const TEXTS: &[Entry] = &[
    ("shown.apps", "applications", "приложения"),
    ("shown.apps.watch-list", "looked for", "искали"),
    ("shown.clock", "reports", "отчёты"),
    ("shown.chain", "chain of reports", "цепочка отчётов"),
    ("shown.report", "report", "отчёт"),
    ("shown.agent.version", "version of the agent", "версия агента"),
    ("seen.yes", "yes", "да"),
    ("seen.no", "no", "нет"),
    ("seen.none", "none", "нет"),
    ("seen.none yet", "none yet", "ещё нет"),
    ("seen.no break", "no break", "без разрывов"),
    ("seen.fork", "two chains", "раздвоение"),
    ("seen.reset", "begun anew", "начата заново"),
    ("seen.gap", "a gap", "пропуск"),
    ("seen.last fresh report", "last fresh report", "последний свежий отчёт"),
    ("seen.no report since enrolment", "no report since enrolment", "ни одного отчёта с регистрации"),
    ("seen.not reported", "not reported", "нет в отчёте"),
    ("seen.not in the catalogue", "not in the catalogue", "нет в каталоге"),
    ("seen.not proven by the hardware", "not proven by the hardware", "не подтверждено оборудованием"),
    ("seen.the phone cannot look for it", "the phone cannot look for it", "телефон не может это искать"),
    (
        "seen.none of the refused messengers was found",
        "none of the refused messengers was found",
        "запрещённых мессенджеров не найдено",
    ),
    (
        "seen.none of the required messengers was found",
        "none of the required messengers was found",
        "обязательных мессенджеров не найдено",
    ),
    (
        "seen.does not cover every required messenger",
        "not every required messenger",
        "не все обязательные мессенджеры",
    ),
    (
        "seen.the list that the report names is not known",
        "the list that the report names is not known",
        "список, названный в отчёте, неизвестен",
    ),
    ("seen.a day far ahead", "a day far ahead", "день далеко впереди"),
    (
        "seen.not a version that can be compared",
        "not a version that can be compared",
        "такую версию нельзя сравнить",
    ),
    ("seen-told", "{} (management system, as of {})", "{} (система управления, по состоянию на {})"),
    ("seen-port", "TCP port {}", "порт TCP {}"),
    ("seen-two-stories", "{}: file says {}, system says {}", "{}: в файле {}, по данным системы {}"),
    ("seen-by-hardware", "{}, by the hardware", "{}, по данным оборудования"),
    ("seen-possibly", "possibly {}", "возможно, {}"),
    ("seen-chain", "{} at report {}", "{}, отчёт {}"),
];
