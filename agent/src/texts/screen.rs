//! Texts of a screen with sections, as a phone's wrapper shows it: headings, buttons, notifications, and the one step that lifts what a maker
//! does to work in the background.

use super::table::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("screen.title", "Work phone check", "Проверка рабочего телефона"),
    ("screen.limits", "What keeps the agent from working", "Что мешает агенту работать"),
    ("screen.report", "The last report, complete", "Последний отчёт целиком"),
    ("screen.about", "About", "О программе"),
    ("screen.problem", "Something needs to be put right", "Нужно кое-что исправить"),
    (
        "screen.stopped",
        "The server asked to stop reporting ({}). It is tried again when the next report is due, and at once with the button below.",
        "Сервер попросил остановить отчёты ({}). Новая попытка — со следующим отчётом, сразу — кнопкой ниже.",
    ),
    (
        "screen.no-limits",
        "Nothing that this phone tells about keeps the agent from working.",
        "По сведениям телефона, агенту ничто не мешает.",
    ),
    (
        "screen.scope",
        "The agent sees the work profile alone: what is outside of it is never looked at.",
        "Агент видит только рабочий профиль: что вне его, не просматривается.",
    ),
    ("action.check", "Check now", "Проверить сейчас"),
    ("action.open", "Open my page", "Открыть мою страницу"),
    ("action.share", "Share the last report", "Поделиться последним отчётом"),
    ("action.contact", "Ask for help", "Обратиться за помощью"),
    ("action.settings-battery", "Open the settings", "Открыть настройки"),
    (
        "lift.battery-optimised",
        "Battery saving delays the agent's reports. Take the agent out of it.",
        "Экономия батареи задерживает отчёты агента. Исключите агента из неё.",
    ),
    (
        "lift.restricted-bucket",
        "The system has put the agent among the restricted applications: it runs once a day at most.",
        "Система отнесла агента к ограниченным приложениям: он работает не чаще раза в сутки.",
    ),
    (
        "lift.background-restricted",
        "Work in the background is switched off for the agent. Switch it on.",
        "Фоновая работа агента выключена. Включите её.",
    ),
    (
        "lift.auto-start-denied",
        "The phone does not let the agent start by itself. Allow it.",
        "Телефон не даёт агенту запускаться самому. Разрешите автозапуск.",
    ),
    (
        "lift.data-saver",
        "Data saver keeps the agent from the network. Allow it unrestricted data.",
        "Экономия трафика не пускает агента в сеть. Разрешите ему неограниченный трафик.",
    ),
    (
        "steps.huawei",
        "Huawei: Settings, Battery, App launch: find the agent, switch to manual and allow all three: start by itself, start by others, run in the background.",
        "Huawei: Настройки, Батарея, Запуск приложений: найдите агента, выберите ручное управление и разрешите все три пункта: автозапуск, косвенный запуск, работу в фоне.",
    ),
    (
        "steps.honor",
        "Honor: Settings, Battery, App launch: find the agent, switch to manual and allow all three: start by itself, start by others, run in the background.",
        "Honor: Настройки, Батарея, Запуск приложений: найдите агента, выберите ручное управление и разрешите все три пункта: автозапуск, косвенный запуск, работу в фоне.",
    ),
    (
        "steps.xiaomi",
        "Xiaomi, Redmi, POCO: Settings, Apps, Manage apps, the agent: switch Autostart on and set Battery saver to No restrictions.",
        "Xiaomi, Redmi, POCO: Настройки, Приложения, Все приложения, агент: включите Автозапуск, а в пункте «Контроль активности» выберите «Нет ограничений».",
    ),
    (
        "steps.oppo",
        "OPPO: Settings, Apps, App management, the agent, Battery usage: allow background activity and auto-launch.",
        "OPPO: Настройки, Приложения, Управление приложениями, агент, Расход батареи: разрешите фоновую активность и автозапуск.",
    ),
    (
        "steps.realme",
        "realme: Settings, Apps, App management, the agent, Battery usage: allow background activity and auto-launch.",
        "realme: Настройки, Приложения, Управление приложениями, агент, Расход батареи: разрешите фоновую активность и автозапуск.",
    ),
    (
        "steps.vivo",
        "vivo: Settings, Battery, Background power consumption management, the agent: don't restrict. Then Settings, Apps, Autostart: switch the agent on.",
        "vivo: Настройки, Батарея, Управление фоновым энергопотреблением, агент: не ограничивать. Затем Настройки, Приложения, Автозапуск: включите агента.",
    ),
    (
        "steps.oneplus",
        "OnePlus: Settings, Apps, App management, the agent, Battery usage: allow background activity and auto-launch.",
        "OnePlus: Настройки, Приложения, Управление приложениями, агент, Расход батареи: разрешите фоновую активность и автозапуск.",
    ),
    (
        "steps.samsung",
        "Samsung: Settings, Battery, Background usage limits: put the agent on the list of apps that never sleep.",
        "Samsung: Настройки, Батарея, Ограничения в фоновом режиме: внесите агента в список приложений, которые никогда не спят.",
    ),
    ("note.failing", "Your work phone is not in order", "Рабочий телефон не в порядке"),
    ("note.due", "Your work phone: {}", "Рабочий телефон: {}"),
    ("days-left.one", "{} day left", "остался {} день"),
    ("days-left.few", "{} days left", "осталось {} дня"),
    ("days-left.many", "{} days left", "осталось {} дней"),
    ("hours-left.one", "{} hour left", "остался {} час"),
    ("hours-left.few", "{} hours left", "осталось {} часа"),
    ("hours-left.many", "{} hours left", "осталось {} часов"),
    (
        "problem.key",
        "The phone has lost its key. It must be enrolled again: ask for a new link.",
        "Телефон потерял ключ. Его нужно зарегистрировать заново: попросите новую ссылку.",
    ),
    (
        "problem.key-store",
        "The phone's key store does not show the agent's key now. It will be tried again.",
        "Хранилище ключей телефона сейчас не показывает ключ агента. Попытка повторится.",
    ),
    ("problem.link", "The enrolment link is not right.", "Ссылка для регистрации неверна."),
    (
        "problem.configuration",
        "The configuration of this phone has a mistake.",
        "В настройках этого телефона ошибка.",
    ),
    (
        "problem.untrusted-server",
        "The server is not the one that the link names. Nothing was sent.",
        "Это не тот сервер, который указан в ссылке. Ничего не отправлено.",
    ),
    (
        "problem.server",
        "The server can't be reached. It will be tried again.",
        "Сервер недоступен. Попытка повторится.",
    ),
    ("problem.refused", "The server refused.", "Сервер отказал."),
    (
        "problem.space",
        "There is no space left on the phone: nothing can be saved.",
        "На телефоне нет места: ничего не сохранить.",
    ),
    ("problem.state", "What the agent had saved can't be used.", "Сохранённое агентом не читается."),
    ("problem.java", "The phone's system refused something.", "Система телефона в чём-то отказала."),
];
