// From the JSON of `muster-agent status --json`, which stands in the file as `status`, to lines in English or Russian. Without Qt's own
// objects but for the reading, so that the tests run it in any JavaScript; the language of Qt 5.6.
.pragma library

var TEXTS = {
    "title": { "en": "Work phone check", "ru": "Проверка рабочего телефона" },
    "verdict": { "en": "Verdict", "ru": "Вердикт" },
    "no-verdict": { "en": "The server has not judged yet.", "ru": "Сервер ещё не вынес вердикт." },
    "preview": { "en": "Judged by the phone itself: the newest report has not arrived yet.", "ru": "Оценил сам телефон: новый отчёт ещё не доставлен." },
    "rules": { "en": "Rules", "ru": "Правила" },
    "until": { "en": "tolerated until %1", "ru": "допускается до %1" },
    "exempt": { "en": "exemption until %1", "ru": "исключение до %1" },
    "since": { "en": "since %1", "ru": "с %1" },
    "report": { "en": "Last report", "ru": "Последний отчёт" },
    "no-report": { "en": "There was none yet.", "ru": "Отчётов ещё не было." },
    "report-line": { "en": "Number %1, made %2, %3 bytes", "ru": "Номер %1, составлен %2, байт: %3" },
    "accepted": { "en": "The server has it since %1.", "ru": "На сервере с %1." },
    "waits": { "en": "The server does not have it yet.", "ru": "Сервер ещё не получил его." },
    "orders": { "en": "Who asked", "ru": "Кто запрашивал" },
    "never": { "en": "Never read", "ru": "Никогда не читается" },
    "open": { "en": "Open my page", "ru": "Открыть мою страницу" },
    "contact": { "en": "Whom to ask", "ru": "К кому обратиться" },
    "failed": { "en": "It did not work", "ru": "Не получилось" },
    "unread": { "en": "What the agent has written can't be read.", "ru": "Не удалось прочитать данные агента." },
    "standing.not-enrolled": { "en": "not connected: open the link from your administrator", "ru": "не подключён: откройте ссылку от администратора" },
    "standing.pending": { "en": "waits for approval, code %1", "ru": "ждёт одобрения, код %1" },
    "standing.active": { "en": "connected to %1", "ru": "подключён к %1" },
    "standing.stopped": { "en": "the server asked to stop (%1)", "ru": "сервер попросил остановиться (%1)" },
    "standing.retiring": { "en": "is being retired", "ru": "выводится из учёта" },
    "standing.retired": { "en": "retired: it reports no more", "ru": "выведен из учёта: отчётов больше нет" },
    "state.not-applicable": { "en": "does not concern this phone", "ru": "не касается этого телефона" },
    "state.exempt": { "en": "exempt", "ru": "исключение" },
    "state.compliant": { "en": "in order", "ru": "в порядке" },
    "state.grace": { "en": "to be put right", "ru": "нужно исправить" },
    "state.unknown": { "en": "unknown", "ru": "неизвестно" },
    "state.failing": { "en": "broken", "ru": "нарушено" }
}

function say(key, language, one, two, three) {
    var entry = TEXTS[key]
    var text = entry ? entry[language] : key
    return text.replace("%1", one).replace("%2", two).replace("%3", three)
}

// The program names the file last.
function file(args) {
    var last = args[args.length - 1]
    return /\.json$/.test(last) ? last : ""
}

// Reads it and gives what it holds; `failed` where it can't be read.
function read(path, done) {
    var request = new XMLHttpRequest()
    request.onreadystatechange = function () {
        if (request.readyState !== XMLHttpRequest.DONE) return
        done(parsed(request.responseText))
    }
    request.open("GET", "file://" + path)
    request.send()
}

function parsed(text) {
    try {
        var shown = JSON.parse(text)
        if (shown && shown.status) return shown
    } catch (error) {
        // says so below
    }
    return { "status": null, "failed": null, "unread": true }
}

function moment(text) {
    return String(text).replace("T", " ").replace(/:\d\d(\.\d+)?Z$/, " UTC")
}

function standing(shown, language) {
    var status = shown.status
    if (!status) return ""
    return say("standing." + status.standing, language, status.standing === "active" ? status.server : status.code)
}

// A link to the phone's page on the server, made when the window was opened; none where that was too long ago for it.
function page(shown, opened, now) {
    var link = shown.page
    return link && /^https:/.test(link) && now - opened < 270000 ? link : ""
}

function line(text, how) {
    return { "text": text, "grave": how === "grave", "quiet": how === "quiet" }
}

// What the page shows: titles, each with its lines.
function sections(shown, language) {
    var all = []
    function section(title, lines) {
        if (lines.length) all.push({ "title": say(title, language), "lines": lines })
    }
    if (shown.unread) section("failed", [line(say("unread", language), "grave")])
    if (shown.failed) section("failed", [line(shown.failed, "grave")])
    var status = shown.status
    if (!status) return all
    section("verdict", verdict(status.verdict, language))
    section("rules", rules(status.verdict, language))
    section("contact", status.contact ? [line(status.contact[language])] : [])
    section("report", report(status.last_report, language))
    section("orders", status.orders.map(function (order) {
        return line(moment(order.issued) + ": " + order.requested_by + ", " + order.reason)
    }))
    section("never", status.never_read.map(function (entry) { return line(entry[language]) }))
    return all
}

function verdict(judged, language) {
    if (!judged) return [line(say("no-verdict", language), "quiet")]
    var lines = [line(say("state." + judged.state, language) + ", " + say("since", language, moment(judged.since)), judged.state === "failing" ? "grave" : "")]
    if (judged.due && judged.state !== "failing") lines.push(line(say("until", language, moment(judged.due))))
    if (judged.preview) lines.push(line(say("preview", language), "quiet"))
    return lines
}

function rules(judged, language) {
    var lines = []
    if (!judged) return lines
    judged.rules.forEach(function (rule) {
        lines.push(line(rule.title[language] + ": " + say("state." + rule.state, language), rule.state === "failing" ? "grave" : ""))
        if (rule.due && rule.state !== "failing") lines.push(line(say("until", language, moment(rule.due)), "quiet"))
        if (rule.exempt_until) lines.push(line(say("exempt", language, moment(rule.exempt_until)), "quiet"))
        rule.shown[language].forEach(function (shown) { lines.push(line(shown, "quiet")) })
        if (rule.remedy && rule.state !== "compliant") lines.push(line(rule.remedy[language], "quiet"))
    })
    return lines
}

function report(last, language) {
    if (!last) return [line(say("no-report", language), "quiet")]
    var lines = [line(say("report-line", language, last.number, moment(last.made), last.size))]
    lines.push(line(last.accepted ? say("accepted", language, moment(last.accepted)) : say("waits", language), "quiet"))
    // every value, as it was sent
    lines.push(line(JSON.stringify(last.report, null, 1), "quiet"))
    return lines
}
