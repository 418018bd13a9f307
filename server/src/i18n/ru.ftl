# То, что люди читают по-русски. Ключи и их порядок те же, что в en.ftl. Слова закрытых списков: СПИСОК-СЛОВО.

## вокруг каждой страницы
skip = К содержанию
nav = Страницы
nav-overview = Обзор
nav-board = Переход
nav-devices = Устройства
nav-register = Реестр
nav-scans = Проверки
nav-enrolment = Подключение
nav-audit = Журнал
signed-in-as = Вошёл как
sign-out = Выйти
search = Найти
search-lead = Телефон по инвентарному номеру, серийному номеру или идентификатору; организация, правило, политика, группа, человек, страница: телефон по началу имени, остальное по любой его части.
search-go = Найти
search-none = Ничего с таким именем нет.
search-keys = ↑ ↓ — выбрать, Enter — открыть, Esc — закрыть
close = Закрыть
rules = Правила
look-in-all = Искать везде
reload = Посмотреть снова
back-to-the-form = Назад к форме
to-the-start = На главную
to-the-devices = К устройствам
continue = Дальше

## время и размеры
when-now = только что
when-ago = { $span } назад
when-in = через { $span }
when-over = просрочено { $span }
never = никогда
unit-seconds = { $n } с
unit-milliseconds = { $n } мс
unit-exact-seconds = { $n } с
unit-minutes = { $n } мин
unit-hours = { $n } ч
unit-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}
unit-years = { $n ->
    [one] { $n } год
    [few] { $n } года
   *[many] { $n } лет
}
month-1 = янв.
month-2 = февр.
month-3 = марта
month-4 = апр.
month-5 = мая
month-6 = июня
month-7 = июля
month-8 = авг.
month-9 = сент.
month-10 = окт.
month-11 = нояб.
month-12 = дек.
bytes = { $n ->
    [one] { $figure } байт
    [few] { $figure } байта
   *[many] { $figure } байт
}

## вход
sign-in = Вход
bad-link = Ссылка недействительна: она уже использована, истекла или скопирована не целиком. Попросите новую.
too-many-attempts = Слишком много попыток. Подождите пять минут и попробуйте снова.
session-ended = Сеанс закончился. Войдите снова; ничего не изменено.
link-works-once = Ссылка действует один раз. Кнопка ниже использует её и откроет сеанс в этом браузере.
need-a-link = Вход выполняется по одноразовой ссылке. Её создаёт администратор здесь, в разделе «Люди», или на сервере:
paste-the-link = Вставьте ссылку или её код
link-for = Ссылка для: { $name }
shown-once = Она показана один раз и нигде не хранится.
works-once-until = Действует один раз, срок:
browser-will-warn = При первом входе браузер предупредит: собственный центр сертификации этого сервера ему неизвестен. Продолжайте, только если у показанного сертификата такой отпечаток SHA-256:
works-until = Срок действия:
persons-name = Имя, под которым человек будет в журнале
name = Имя
password = Пароль
one-time-code = Одноразовый код
one-time-code-hint = Шесть цифр из приложения или запасной код.
no-code-yet = С паролем из каталога вашей организации в первый раз оставьте поле пустым.
bad-password = Имя, пароль или код неверны, либо неверных попыток было слишком много: после пяти вход задерживается на минуту, затем всё дольше.
sign-in-with = Войти через { $provider }
refused-away = Провайдер или каталог с вашей учётной записью недоступен или ответил не так, как должен. Попробуйте снова; подробности в журнале сервера. Вход по ссылке и по паролю этого сервера работает.
refused-bad-answer = Ответ провайдера недействителен: он не для этого входа или устарел. Начните заново.
refused-no-group = Вас там знают, но вашим группам здесь ничего не разрешено. Обратитесь к администратору.
refused-bad-name = Ваше имя там не может быть именем здесь: оно слишком длинное, либо в нём есть двоеточие или невидимый знак. Обратитесь к администратору.
refused-name-taken = Ваше имя здесь уже занято другим человеком. Обратитесь к администратору.
refused-disabled = Доступ вашей учётной записи закрыт. Обратитесь к администратору.
refused-denied = Провайдер не подтвердил вход.
with-a-link = По ссылке
set-up = Ваша учётная запись
set-up-lead = Выберите пароль и настройте одноразовые коды: при входе нужно и то, и другое.
set-up-codes-lead = Настройте одноразовые коды: отныне вместе с паролем из каталога нужен и код.
bad-set-up-link = Ссылка недействительна: она уже использована, истекла или скопирована не целиком. Попросите новую.
new-password = Новый пароль
password-again = Ещё раз
password-hint = Не меньше 12 символов. Хороши несколько слов, которые больше нигде не стоят рядом.
passwords-differ = Пароли не совпадают.
scan-the-code = Отсканируйте приложением для одноразовых кодов (RFC 6238) или введите в нём секрет:
code-of-application = Код, который оно показывает сейчас
save = Сохранить
recovery-codes = Запасные коды
recovery-codes-lead = Каждый действует один раз вместо одноразового кода, если телефон потерян. Распечатайте или запишите их и храните отдельно от телефона.
recovery-codes-left = { $n ->
    [one] Остался { $n } запасной код.
    [few] Осталось { $n } запасных кода.
   *[many] Осталось { $n } запасных кодов.
}
new-recovery-codes = Создать новые
account = Моя учётная запись
account-directory = Вы входите с паролем каталога вашей организации (он меняется там) и одноразовым кодом отсюда.
code-of-now = Текущий одноразовый код или запасной код
account-no-password = У этой учётной записи нет пароля. Администратор создаст ссылку, по которой его можно выбрать.
change-password = Сменить пароль
old-password = Прежний пароль
password-changed = Пароль изменён; другие сеансы завершены.
new-generator = Настроить одноразовые коды заново
new-generator-lead = Для другого телефона. Прежние коды перестанут действовать, другие сеансы завершатся.
sessions = Сеансы
sessions-none = Открытых сеансов нет.
this-session = этот
begun = Начат
last-used = Использован
how = Как
browser = Браузер
end = Завершить
how-link = ссылка
how-password = пароль
how-oidc = провайдер
how-ldap = каталог
people = Люди
people-lead = Кто может войти и что ему можно: на всём сервере или в организации и ниже неё.
add-person = Добавить человека
role = Роль
persons-title = Должность или полное имя
mail-address = Почтовый адрес
whole-server = весь сервер
may = Можно
may-nothing = ничего
by-groups = по группам провайдера
signs-in-by = Входит через
account-state = Состояние
state-shut = доступ закрыт
state-waiting = ожидание после неверных попыток
let-in-now = Впустить сейчас
person-added = Добавлена
state-locked = вход задержан до
state-open = может войти
give = Дать
take-away-grant = Отнять
shut-out = Закрыть доступ
let-in = Возобновить доступ
remove-person = Удалить
password-link = Ссылка для выбора пароля
sign-in-link = Ссылка для одного входа
role-owner = владелец
role-author = автор правил
role-operator = оператор
role-auditor = аудитор
role-helpdesk = поддержка

## состояния
verdict = Вердикт
state = Состояние
state-failing = Нарушение
state-grace = Отсрочка
state-unknown = Неизвестно
state-compliant = Соответствует
state-exempt = Исключение
state-not-applicable = Не применяется

## обзор и переход
overview = Обзор
board = Ход перехода
board-lead = Каждая организация вместе со всеми подчинёнными. Каждое число ведёт к телефонам, которые оно считает.
board-lead-past = Как было в конце того дня, по календарю каждой организации. Числа прошлого дня никуда не ведут: списки показывают нынешнее.
as-of = На конец дня
now = Сейчас
whole-tree = Всё дерево
bar = Доли полосой
share-ready = Готовы
phones = Телефоны
no-phones = нет телефонов
next-date = Ближайший срок
trend = 30 дней
ready-over-days = Готовы
not-counted-yet = К тому времени ещё ни один день не был подсчитан.
no-org = Организаций ещё нет.
grace-ends = Кончаются отсрочки
phones-late = { $n ->
    [one] { $n } телефон
    [few] { $n } телефона
   *[many] { $n } телефонов
}
standing-failing = Нарушение
standing-silent = Молчит
standing-unknown = Неизвестно
standing-grace = Отсрочка
standing-ready = Готов
standing-exempt = Исключение
standing-not-enrolled = Не подключён
standing-no-agent = Без агента
standing-declared-ready = Без агента, допущен
standing-declared-grace = Без агента, отсрочка
standing-declared-failing = Без агента, не допущен
standing-declared-unknown = Без агента, неизвестно
needs-you = Что нужно сегодня
new-since-yesterday = Нарушают со вчерашнего дня
silent-phones = Молчащие телефоны
phones-that-wait = Ждут одобрения
next-fortnight = Ближайшие 14 дней
no-deadlines = Ничего не истекает.
compliance-over-time = Соответствие во времени
makers-over-time = Производители во времени
apps-over-time = Найденные мессенджеры по неделям
nothing-to-draw = Ещё ничего не подсчитано.
too-few-to-draw = Дни, когда телефонов было слишком мало, не показаны: такой график говорил бы об отдельном человеке.
as-a-table = Таблицей
day = День
the-rest = Прочие
maker-other = Нет в каталоге
maker-unknown = Не сообщён

## список устройств
devices = Устройства
devices-word = { $n ->
    [one] устройство
    [few] устройства
   *[many] устройств
}
search-devices = Модель, производитель, номер, id или verdict:failing silent>2d
organisation = Организация
all-my-organisations = Все мои организации
all-organisations = Все организации
show = Показать
show-all = Показать все
until = Срок
since = Уже
device = Устройство
asset-tag = Инв. номер
system = Система
last-contact = На связи
first-page = В начало
next-page = Дальше
find-phone = Найти телефон
find-phone-lead = Идентификатор, метка или серийный номер целиком, как их назвал владелец.
find-phone-name = Идентификатор, метка или серийный номер
find-phone-go = Найти
no-device = Ни одно устройство ещё не подключено.
make-enrolment-link = Создать ссылку для подключения
or-on-the-server = или на сервере:
no-device-found = Таких устройств нет.
query-wrong = Запрос не понят на знаке { $at }: там { $found }, а ожидается { $what }.
query-end = его конец
query-no-organisation = Организации «{ $name }» нет.
query-no-rule = Правила «{ $name }» нет: его нет ни в одной политике, и в последнее время его не было ни у одного устройства.
query-no-group = Группы «{ $name }» нет.
query-examples = Что можно спросить, например:
query-keys = Ключи:
query-expected-key = один из ключей (или кавычки вокруг слова, в котором есть знак)
query-expected-equals = «:» или «=» после этого ключа
query-expected-colon = «:» после этого ключа
query-expected-word = одно из слов
query-expected-text = текст
query-expected-rule = правило, или правило и состояние, как в maker=unknown
query-expected-label = метка, как в role или role=minister (строчные латинские буквы, цифры, точки, дефисы, подчёркивания)
query-expected-state = состояние
query-expected-version = версия, например 5.1
query-expected-hex = цифры идентификатора (0–9, a–f)
query-expected-time = день (2026-05-01), время в кавычках ("2026-05-01T09:00:00Z") или, после < > <= >=, промежуток времени (30m, 12h, 2d, 3w)
query-expected-term = условие после минуса
query-expected-quote = закрывающая кавычка
query-expected-escape = кавычка или обратная черта после обратной черты
query-expected-space = пробел после условия
query-expected-values = меньше значений; не больше
query-expected-terms = меньше условий; не больше
query-expected-shorter = запрос короче; знаков не больше

## устройство
agent = агент
enrolled = подключено
agent-version = Агент
device-id = Идентификатор устройства
since-when = уже
last-contact-hint = Когда устройство последний раз выходило на связь
last-fresh = Свежий отчёт
last-fresh-hint = Самый поздний момент, после которого отчёт заведомо был составлен
last-attested = Аппаратное подтверждение
last-attested-hint = Когда состояние системы последний раз подтвердила аппаратура
could-not-be-seen = не видно: { $what }
silence-section = Молчание
silence-begins = Без свежего отчёта считается молчащим
silence-by-calendar = Считается только рабочее время, по календарю { $org }.
silence-off-hours = Сейчас отсчёт стоит: нерабочее время.
away-until = В отсутствии до { $until }, отметил(а) { $who }: { $reason }
away-from-until = В отсутствии с { $from } до { $until }, отметил(а) { $who }: { $reason }
away-until-day = В отсутствии до конца дня
away-hint = До этого времени молчание не считается. Сроки и отсрочки идут дальше.
away-set = Отметить
away-back = Уже на месте
findings = Оценки по правилам
ended-retired = Учёт завершён
ended-replaced = Его место заняло другое устройство
ended-refused = Отклонено
ended-by = кем: { $who }
ended-erased = Сведения о нём удалены
ended-left = Остались идентификатор, организация и платформа, время появления и завершения, открытые ключи и хеши отчётов.
ended-last-known = Устройство больше не оценивается. Ниже последнее, что о нём известно.
last-findings = Последние результаты
no-last-finding = Ничего не найдено.
history-erased = История удалена.
text-gone = текст удалён
no-finding = К устройству не применяется ни одна политика. Назначьте политику его организации.
rule = Правило
shown-by = Основание
exempt-because = Исключение: { $reason }. Окончание
the-report-that-shows-it = Отчёт, который это показывает
mode-observe = только наблюдение
mode-warn = только предупреждение
mode-enforce = обязательно
severity-low = низкая важность
severity-medium = средняя важность
severity-high = высокая важность
severity-critical = критично
sightings = Обнаружения
no-sighting = Приложений из перечня не найдено.
messenger = Мессенджер
package = Пакет
version = Версия
signer = Подпись
found-in = Где найден
not-known-to = не знает: { $sources }
management-system = система управления
imported = загружено
updated = Обновлён
disabled = отключён
signature-official = официальная
signature-unverified = не проверена
signature-foreign = чужая
match-exact = точно
match-pattern = по образцу
match-unverified-pattern = возможно
profile-main = основной профиль
profile-work = рабочий профиль
profile-container = контейнер Android
history = История
no-history = Пока ничего не менялось.
time = Время
from = Было
to = Стало
reports = Отчёты
number = №
received = Получен
made = Составлен
trigger = Повод
standing = В цепочке
size = Размер
trigger-periodic = по расписанию
trigger-boot = запуск устройства
trigger-apps-changed = изменились приложения
trigger-order = по запросу
trigger-person = по желанию владельца
trigger-enrolled = первый после подключения
standing-current = следующий
standing-next = следующий
standing-late = опоздавший
standing-known = уже известен
standing-gap = после пропуска
standing-fork = развилка
standing-reset = новая цепочка
standing-server-restored = после восстановления сервера

## проверка и запросы
scan = Проверка по запросу
scan-now = Проверить
reason = Причина
reason-hint = Причина, например: перед совещанием
the-person-sees-it = Тот, у кого телефон, увидит, кто, когда и зачем запросил проверку.
earlier-orders = { $n ->
    [one] ещё { $n } прежний запрос
    [few] ещё { $n } прежних запроса
   *[many] ещё { $n } прежних запросов
}
click-to-verdict = { $seconds } от нажатия до вердикта
order = Запрос
order-id = Идентификатор запроса
order-kind-scan = Проверка
order-kind-refresh = Загрузка политики и каталога
order-kind-rotate-key = Смена ключа
order-kind-retire = Вывод из учёта
order-state-queued = в очереди
order-state-delivered = доставлен
order-state-running = выполняется
order-state-reported = отчёт получен
order-state-failed = не выполнен
order-state-expired = истёк
order-state-cancelled = отменён
order-state-waiting = ещё не спрошены
order-state-skipped = не спрошены
requested-by = Запросил
requested = Запрошено
expires = Истекает
cancel-order = Отменить запрос
scans = Проверки
scans-so-far = Прежние проверки
no-scan = Общих проверок ещё не было. Запросите в форме выше или в командной строке:
new-scan = Новая проверка
query = Запрос к списку
or-these-phones = Или эти телефоны: id, инвентарные или серийные номера
scan-is-spread = Более 200 телефонов спрашиваются по очереди, 50 в секунду.
whom-would-it-ask = Кого это коснётся?
whom = Кого
progress = Ход
all-devices = все устройства
named-phones = названные телефоны
scan-reported = ответили { $n } из { $of }
scan-goes-on = идёт
scan-of = { $n ->
    [one] Проверка { $n } устройства
    [few] Проверка { $n } устройств
   *[other] Проверка { $n } устройств
}
names-of-nobody = { $n ->
    [one] { $n } имя не подходит ни к одному устройству или сразу к нескольким:
    [few] { $n } имени не подходят ни к одному устройству или сразу к нескольким:
   *[other] { $n } имён не подходят ни к одному устройству или сразу к нескольким:
}
devices-that-dont-count = { $n ->
    [one] { $n } устройство уже не учитывается и пропускается:
    [few] { $n } устройства уже не учитываются и пропускаются:
   *[other] { $n } устройств уже не учитываются и пропускаются:
}
devices-without-right = { $n ->
    [one] { $n } устройство пропускается: у вас нет на него такого права:
    [few] { $n } устройства пропускаются: у вас нет на них такого права:
   *[other] { $n } устройств пропускаются: у вас нет на них такого права:
}
found-without-right = { $n ->
    [one] Ещё { $n } такое устройство пропускается: у вас нет на него такого права.
    [few] Ещё { $n } таких устройства пропускаются: у вас нет на них такого права.
   *[other] Ещё { $n } таких устройств пропускаются: у вас нет на них такого права.
}
confirmed-gone = { $n ->
    [one] { $n } устройство, которое вы подтвердили, больше не находится и пропущено.
    [few] { $n } устройства, которые вы подтвердили, больше не находятся и пропущены.
   *[other] { $n } устройств, которые вы подтвердили, больше не находятся и пропущены.
}
found-others = Пока ничего не сделано: с тех пор, как вас спросили, одни устройства прибавились или другие ушли. Посмотрите ещё раз.
found-that-dont-count = { $n ->
    [one] Ещё { $n } такое устройство пропускается: оно уже не учитывается.
    [few] Ещё { $n } таких устройства пропускаются: они уже не учитываются.
   *[other] Ещё { $n } таких устройств пропускаются: они уже не учитываются.
}
nobody-to-ask = Спросить некого: ни одного учитываемого устройства.
back = Назад
ask-devices = { $n ->
    [one] Спросить { $n } устройство
    [few] Спросить { $n } устройства
   *[other] Спросить { $n } устройств
}
scan-id = Id проверки
scan-took = От нажатия до вердикта: половина за { $half }, 19 из 20 за { $most }
cancel-scan = Отменить проверку
ask-again = { $n ->
    [one] Спросить { $n } ещё раз
    [few] Спросить { $n } ещё раз
   *[other] Спросить { $n } ещё раз
}
what-answers-changed = Что изменили ответы
answers-changed-nothing = Ни один ответ ничего не изменил.
nobody-stands-so = Таких устройств нет.
not-answered-yet = Ещё не ответили
did-not-answer = Не ответили
scan-devices-in = Запросы: { $state }

## метки, группы, столбцы
labels = Метки
no-label = Меток нет.
label-to-give = Метка, например role=minister
give-label = Добавить
labels-to-give = Добавить метки
labels-to-take = Убрать метки с именами
labels-of = { $n ->
    [one] Метки { $n } устройства
    [few] Метки { $n } устройств
   *[other] Метки { $n } устройств
}
label-devices = { $n ->
    [one] Изменить { $n } устройство
    [few] Изменить { $n } устройства
   *[other] Изменить { $n } устройств
}
labels-changed = { $n ->
    [one] Метки изменены у { $n } устройства
    [few] Метки изменены у { $n } устройств
   *[other] Метки изменены у { $n } устройств
}
labels-unchanged = { $n ->
    [one] У { $n } устройства они уже были такими.
    [few] У { $n } устройств они уже были такими.
   *[other] У { $n } устройств они уже были такими.
}
labels-full = { $n ->
    [one] У { $n } устройства стало бы больше 16 меток; его метки не изменены:
    [few] У { $n } устройств стало бы больше 16 меток; их метки не изменены:
   *[other] У { $n } устройств стало бы больше 16 меток; их метки не изменены:
}
ticked = Отмечено
all-of-the-list = { $n ->
    [one] Весь список: { $n } устройство
    [few] Весь список: { $n } устройства
   *[other] Весь список: { $n } устройств
}
scan-ticked = Проверить …
label-ticked = Метки …
columns-and-order = Столбцы и порядок
columns-of-list = Столбцы
order-of-list = Порядок
sorted-by = Сортировать по
then-by = Затем по
save-as-group = Сохранить как группу
id = Id
status = Состояние
device-status-active = учитывается
device-status-pending = ждёт
device-status-refused = отклонено
device-status-replaced = заменено
device-status-retired = исключено
watched-apps = Отслеживаемые приложения
enrolled-at = Подключено
groups = Группы
group = Группа
groups-lead = Группа — это запрос под именем. В любом запросе её заменяет group:ИМЯ, а сохранённый список показывает свои столбцы в своём порядке.
no-group = Групп ещё нет. Создайте группу в форме ниже, из списка устройств или в командной строке:
new-group = Новая группа
group-name = Имя, например vip в group:vip
title-in-english = Название по-английски
title-in-russian = Название по-русски

## регулярные проверки
schedules = Регулярные проверки
schedules-lead = Регулярная проверка спрашивает тех, кого её запрос находит в этот момент. Каждый раз это обычная проверка; права автора каждый раз проверяются заново.
no-schedule = Регулярных проверок нет. Назначьте её в форме ниже или в командной строке:
new-schedule = Назначить регулярную проверку
schedule-hint = Время — в часовом поясе организации, без организации — в UTC. Пропущенная проверка навёрстывается один раз.
how-often = Как часто
rhythm-day = каждый день
rhythm-weekday = с понедельника по пятницу
rhythm-week = каждую неделю
rhythm-month = каждый месяц
every-day = каждый день в { $at }
every-weekday = с понедельника по пятницу в { $at }
every-week = раз в неделю, { $day }, в { $at }
every-month = каждый месяц { $day }-го числа в { $at }
weekday-1 = понедельник
weekday-2 = вторник
weekday-3 = среда
weekday-4 = четверг
weekday-5 = пятница
weekday-6 = суббота
weekday-7 = воскресенье
at-clock = Время
on-which-day = В какой день: недели (1 — понедельник) или месяца
last-day = Последний день
next-run = Следующая проверка
last-run = Прошлая проверка
runs = Проверки
no-run = Ещё ни одной проверки.
end-schedule = Завершить
schedule-end-ended = завершена человеком
schedule-end-until = срок закончился
schedule-end-author = остановлена: у автора больше нет на неё прав
of-a-schedule = регулярная проверка
beside-the-run-before = По сравнению с прошлым разом
devices-joined = Спрошены сейчас, но не тогда
devices-left = Спрошены тогда, но не сейчас
devices-back = Ответили сейчас, но не тогда
devices-silent = Ответили тогда, но не сейчас

## доказательства
signed-report = Подписанный отчёт
report = Отчёт
no-report = Отчётов ещё не было. Первый приходит сразу после подключения.
signature-holds = Подпись верна
signature-broken = Подпись неверна
chain-unbroken = Цепочка не прерывалась с
break-fork = Развилка: два отчёта под одним номером
break-reset = Сброс: начата новая цепочка
break-gap = Пропуск: недостаёт номеров
lost-in-restore = Утрачено при восстановлении сервера из резервной копии, телефон тут ни при чём
key = Ключ
digest = Дайджест
previous = Предыдущий отчёт
chain = Цепочка
phones-clock = По часам телефона
read-it = Прочитать
signed-bytes = Подписанные байты
public-key = Открытый ключ
as-json = Весь отчёт в виде JSON
verify-it-yourself = Проверить в другом месте:
why-no-worry = Почему это не повод для тревоги
acknowledge = Принять к сведению
key-certificates = Сертификаты
certificates = { $n ->
    [one] { $n } сертификат
    [few] { $n } сертификата
   *[other] { $n } сертификатов
}
not-verified-yet = хранятся, не проверены
protection-strongbox = в микросхеме безопасности
protection-tee = в доверенной среде
protection-software = в файле

## сведения
facts = Сведения
no-fact = До первого отчёта ничего не известно.
read-from = Откуда: { $source }
inventory = Перечень: { $source }
was-read = прочитан
none = нет
none-found = не найдено
reason-unsupported = в этой системе не предусмотрено
reason-denied = нет прав на чтение
reason-absent = отсутствует
reason-failed = прочитать не удалось
fact-platform = Операционная система
fact-os_version = Версия
fact-security_patch = Обновление безопасности
fact-build_id = Сборка
fact-build_type = Вид сборки
fact-manufacturer = Производитель
fact-brand = Марка
fact-model = Модель
fact-management = Роль агента
fact-encryption = Шифрование памяти
fact-lock_set = Блокировка экрана
fact-lock_strength = Стойкость блокировки
fact-lock_after = Блокируется через
fact-developer_options = Режим разработчика
fact-debug_bridge = Отладочный мост
fact-bootloader_locked = Загрузчик
fact-verified_boot = Проверка загрузки
fact-root_signs = Признаки root
fact-install_sources = Источники приложений
fact-scope = Что видит агент
fact-background_limits = Ограничения фоновой работы
fact-pending_update = Обновление системы
fact-boot_count = Запусков устройства
fact-containers = Контейнеры Android
fact-os_certified = Сертифицированная система
fact-package_certificates = Кем подписаны пакеты
fact-restrictions = Отключено системой управления
value-platform-android = Android
value-platform-aurora = ОС Аврора
value-platform-sailfish = Sailfish OS
value-platform-linux = Linux
value-management-device-owner = владелец устройства
value-management-company-profile = рабочий профиль на служебном телефоне
value-management-configured = настроенное приложение
value-management-application = обычное приложение
value-management-system = системная служба
value-encryption-inactive = не зашифрована
value-encryption-activating = идёт шифрование
value-encryption-active = зашифрована
value-encryption-active-default-key = зашифрована без секрета пользователя
value-encryption-active-per-user = зашифрована, ключ у каждого пользователя
value-encryption-partial = зашифрована частично
value-lock_set-yes = включена
value-lock_set-no = не включена
value-lock_strength-none = нет
value-lock_strength-low = низкая
value-lock_strength-medium = средняя
value-lock_strength-high = высокая
value-developer_options-yes = включён
value-developer_options-no = выключен
value-debug_bridge-yes = включён
value-debug_bridge-no = выключен
value-bootloader_locked-yes = заблокирован
value-bootloader_locked-no = разблокирован
value-os_certified-yes = да
value-os_certified-no = нет
value-verified_boot-green = зелёный: система производителя
value-verified_boot-yellow = жёлтый: собственный ключ пользователя
value-verified_boot-orange = оранжевый: не проверена
value-verified_boot-red = красный: проверка не пройдена
value-root-su-program = программа, дающая root
value-root-root-app = приложение для управления root
value-root-test-build = тестовая сборка
value-root-extra-root-user = вторая учётная запись root
value-root-writable-system = системный раздел доступен для записи
value-root-hooking = средство перехвата вызовов
value-root-remote-shell = удалённая командная строка
value-root-modified-file = изменённый файл системы
value-install-store = магазин
value-install-management = управление
value-install-browser = браузер
value-install-files = файловый менеджер
value-install-messenger = мессенджер
value-install-shell = командная строка
value-install-other = другое
value-scope-device = всё устройство
value-scope-work-profile = только рабочий профиль
value-scope-sandbox = пакет приложения: виден не весь телефон
phone-stops-agent = Агент останавливает сам телефон: { $limits }. Как это снять, показано на экране агента.
phone-ended-work = работа прервана ({ $why })
phone-also-limits = Кроме того, было: { $limits }. Само по себе это редко мешает приложению работать.
last-work = Последняя работа агента
work-was-ended = предыдущая прервана: { $why }
bytes-sent = отправлено { $bytes }
bytes-received = получено { $bytes }
value-stop-3 = слишком долго
value-stop-4 = состояние телефона
value-stop-7 = пропала сеть
value-stop-8 = телефоном пользовались
value-stop-10 = квота системы
value-stop-11 = фоновая работа выключена
value-stop-12 = система отложила агент
value-stop-13 = человеком
value-stop-14 = система была занята
value-background-battery-optimised = экономия батареи
value-background-restricted-bucket = группа ограниченных
value-background-background-restricted = фоновая работа выключена
value-background-auto-start-denied = запрещён автозапуск
value-background-data-saver = экономия трафика
value-container-appsupport = AppSupport
value-container-waydroid = Waydroid
value-container-anbox = Anbox
value-container-avroid = Avroid
value-container-other = другой
signed-by = { $packages } — подпись { $id }
signed-by-nobody = { $packages } — без подписи
install-sources = { $n ->
    [one] { $n } источник
    [few] { $n } источника
   *[many] { $n } источников
}
update-waits = ждёт установки
update-waits-since = ждёт с { $day }
no-update-waits = не ожидается
source-framework = интерфейс системы
source-property = системное свойство
source-os-release = файл версии системы
source-hw-release = файл версии оборудования
source-board-mappings = описания плат
source-firmware = таблицы прошивки
source-device-lock = настройки блокировки
source-crypttab = crypttab
source-mounts = подключённые файловые системы
source-accounts = файл учётных записей
source-file-presence = наличие файла
source-d-bus = D-Bus
source-kernel = таблицы ядра
source-rpm-database = база RPM
source-policy-store = политики системы управления
app-source-package-manager = диспетчер пакетов
app-source-apm = APM
app-source-desktop-files = ярлыки
app-source-rpm-database = база RPM
app-source-android-launchers = ярлыки Android
app-source-android-data = папки данных Android
app-source-flatpak = Flatpak
app-source-snap = Snap

## основания оценок
possibly = возможно,
signature-is = подпись { $signature }
escalates-warn = Владелец будет предупреждён
escalates-enforce = Начнёт определять вердикт
evidence-yes = да
evidence-no = нет
evidence-none = нет
evidence-none-yet = отчётов ещё нет
evidence-no-break = разрывов нет
evidence-last-fresh-report = последний свежий отчёт
evidence-no-report-since-enrolment = с подключения отчётов нет
evidence-none-of-the-refused-messengers-was-found = запрещённых мессенджеров не найдено
evidence-none-of-the-required-messengers-was-found = ни одного из требуемых мессенджеров не найдено
evidence-does-not-cover-every-required-messenger = телефон не может искать все требуемые мессенджеры
evidence-the-list-that-the-report-names-is-not-known = список, на который ссылается отчёт, неизвестен
evidence-the-phone-cannot-look-for-it = телефон не может его искать
evidence-not-in-the-catalogue = нет в каталоге
evidence-not-proven-by-the-hardware = не подтверждено аппаратурой
evidence-a-day-far-ahead = день далеко в будущем
evidence-not-a-version-that-can-be-compared = версию нельзя сравнить
evidence-judged-by-the-server = проверяет сервер
evidence-not-in-the-register = нет в реестре
evidence-no-day-to-replace-it-by = срок замены не назначен
evidence-to-be-replaced-by = заменить до
evidence-had-to-be-replaced-by = следовало заменить до
evidence-left-over--replaced = остался в работе: заменён другим телефоном с
evidence-left-over--retired = остался в работе: списан с
evidence-left-over--lost = остался в работе: числится утерянным с
evidence-left-over--in-stock = остался в работе: числится на складе с

## подключение
enrolment = Подключение
waiting-for-approval = Ждут одобрения
nobody-waits = Никто не ждёт.
compare-the-code = Одобряйте, только если на экране телефона тот же код.
code = Код
asked = Обратилось
decide = Решение
approve-as-known = Одобрить как тот же телефон
replaced-by = его место занял
takes-the-place-of = вместо
same-tag-as = тот же инвентарный номер, что у
approve = Одобрить
refuse = Отказать
new-link = Новая ссылка
no-organisation = Организаций ещё нет. Каждое устройство принадлежит организации.
for-how-many = На сколько телефонов
works-for-days = Сколько дней действует
approval = Одобрение
approval-default = человеком, если телефонов несколько
approval-person = человеком, для каждого телефона
approval-auto = автоматически
link-for-phones = { $n ->
    [one] Ссылка на { $n } телефон, организация { $org }
    [few] Ссылка на { $n } телефона, организация { $org }
   *[many] Ссылка на { $n } телефонов, организация { $org }
}
approves-itself = Телефонам с этой ссылкой одобрение не требуется.
person-approves = Каждый телефон с этой ссылкой будет ждать здесь одобрения.
on-the-phone = На телефоне:
working-links = Действующие ссылки
no-working-link = Действующих ссылок нет.
working-links-hint = Сама ссылка показывается один раз, при создании. По отозванной не подключится больше ни один телефон; подключённые по ней остаются.
link-id = Ссылка
uses-left = Осталось
link-ends = Действует до
made-by = Кто создал
revoke = Отозвать

## packages
packages = Пакеты агента
packages-lead = Версии, которые предлагаются телефонам. Кому предложить, следует из идентификатора телефона; версию, после которой телефоны замолкают, сервер останавливает сам.
no-package = Пакетов ещё нет.
package-address = Телефоны при настройке берут его с
package-needs-trust = Телефон при настройке не знает сертификата этого сервера: запустите сервер с --package-listen или укажите другое место в QR-коде.
aurora-packages-lead = Для ОС Аврора сервер только выдаёт пакеты: устанавливает их Аврора Центр или APM. Для каждого вида и архитектуры выдаётся новейший. Показано, есть ли у пакета собственная подпись RPM (OpenPGP); подпись разработчика ОС, без которой телефон откажется от пакета, проверяют его средства.
value-package-application = приложение в изоляции
value-package-system = служба системы
package-signature = Подпись RPM
package-signed = есть, не проверена
package-unsigned = нет
package-download = Скачать
package-not-newest = выдаётся более новый
versions-that-run = Что работает на устройствах
package-damaged = Файла нет, или он повреждён.
package-halted = Остановлена:
ring = Кому предлагается
added = Добавлена
change = Изменить
value-ring-1 = одному телефону из ста
value-ring-10 = одному телефону из десяти
value-ring-all = всем телефонам
value-ring-halt = никому

## settings, organisations, hooks, mail, rules
settings = Настройки
settings-lead = С чем запущен этот сервер. Настройки задаются файлом; здесь они не меняются.
organisations = Организации
hooks = Оповещения
mail = Почта
the-server = Сервер
migrations = Миграции
phones-reach-it = Телефоны обращаются к нему по адресу
people-reach-it = Люди обращаются к нему по адресу
certificate-of-phones = Сертификат для телефонов действует до
certificate-of-people = Сертификат для людей действует до
certificate-of-phone-ca = УЦ, которому доверяют телефоны, действует до
disk = Диск
disk-free = свободно { $free } МиБ из { $all } МиБ
health = Состояние
check-running = Работает
check-store = Хранилище
check-migrations = Миграции
check-disk = Диск
check-certificate = Сертификат
it-holds = в порядке
it-does-not-hold = не в порядке
log-level = Уровень журнала
until-then = до
route = Маршрут
minutes = Минуты
log-more = Временно писать подробнее
log-as-at-start = Писать как при запуске
organisations-lead = Устройства принадлежат организациям; правила и сроки следуют дереву. Дни кончаются в часовом поясе организации.
calendar = Календарь
calendar-lead = Телефоны должны выходить на связь в рабочие дни и часы, по времени организации. Молчание считается только в это время; сроки и отсрочки — всегда.
calendar-own = У организации свой календарь. Он действует и для подчинённых, у которых своего нет.
calendar-from = Своего календаря нет, действует календарь { $org }.
calendar-none = Календаря нет: считается всё время.
calendar-week = Рабочие дни
calendar-hours-from = С (пусто — весь день)
calendar-hours-until = До
calendar-off = Выходные дни
calendar-working = Рабочие дни вне очереди
calendar-days-hint = В каждой строке день или два через «..» и название: 2027-01-08 — день одного года, 01-08 — каждого.
calendar-source = Откуда взято
calendar-save = Сохранить
calendar-remove = Убрать свой календарь
org-id = Id
time-zone = Часовой пояс
new-organisation = Новая организация
title = Название
belongs-to = Входит в
to-nobody = никуда: верхний уровень
add = Добавить
hooks-lead = Адреса, которым по HTTPS сообщается об изменениях. Ничто не теряется: что получатель не принял, отправляется снова.
no-hook = Оповещений ещё нет. Добавьте ниже или в командной строке:
hook = Оповещение
told-of = О чём
hook-behind = Отстаёт
tried-again = Повторяется
given-up = Не удалось
hook-paused = приостановлено
hook-secret = Секрет для
receiver-took-it = Получатель принял пробное сообщение.
receiver-did-not-take-it = Получатель не принял пробное сообщение.
try-it = Проверить
new-secret = Новый секрет
take-away = Удалить
new-hook = Новое оповещение
hook-address = Адрес
every-rule = каждое правило
at-once-into-these-states = Сразу при переходе правила в одно из этих состояний; ничего не отмечено: только сводка
digest-at = Час ежедневной сводки (пусто: без сводки)
into-these-states = Только при переходе в эти состояния; обо всём, если ничего не отмечено
old-secret-until = Прежний секрет тоже подписывает до
not-taken = Что не принято
everything-was-taken = Всё принято.
go-on = Продолжить
pause = Приостановить
replay-the-dead = Отправить снова неудавшиеся
replay = Отправить снова
why-not = Почему нет
tried-next = Следующая попытка
mail-lead = Кому пишется об изменениях: ежедневная сводка, сразу или и то и другое.
no-recipient = Никому ещё не пишется. Добавьте ниже или в командной строке:
mail-language = Язык
digest-hour = Сводка с часа
at-once = Сразу
mails-waiting = Ждут
new-recipient = Новый получатель
no-mail-server = Почтовый сервер не настроен:
mail-server-took-it = Почтовый сервер принял письмо.
mail-server-did-not-take-it = Почтовый сервер не принял письмо.
what-it-says = Что оно требует
by-organisation = По организациям
others-keep-it = Остальные его соблюдают, или оно их не касается.
every-phone-has-it = Это правило есть у каждого телефона само собой.
after-broken-for = если нарушено дольше { $span }
no-policy-has-it = Ни в одной действующей политике этого правила нет.
rule-kind = Вид
what-it-does = Действие
remedy = Что делать
nobody-breaks-it = Никто его не нарушает.
rule-trend = Переходы в состояние, по дням

## реестр
register = Реестр
search-register = Номер, сотрудник, производитель, модель или примечание
life = Состояние
any-life = Любое состояние
carrier = Сотрудник
phone = Телефон
in-the-register = в реестре
asset-standing-expected = должны отчитываться
asset-standing-reporting = отчитываются
asset-standing-missing = не подключены
asset-standing-declared = без агента
asset-standing-unregistered = не в реестре
asset-standing-left-over = не выведены
asset-standing-linked = привязаны
asset-standing-to-return = пора вернуть
asset-standing-moved = сотрудник переведён
asset-standing-unclear = сотрудник не опознан
asset-standing-hint-expected = Выданы или используются, и агент возможен
asset-standing-hint-reporting = Должны отчитываться, и привязано действующее устройство
asset-standing-hint-missing = Должны отчитываться, но действующее устройство не привязано
asset-standing-hint-declared = Выданы или используются, агент невозможен: оцениваются по производителю
asset-standing-hint-unregistered = Действующие устройства, которых нет в реестре
asset-standing-hint-left-over = Заменены телефоном, который уже используется, но всё ещё отчитываются
asset-standing-hint-to-return = Сотрудника больше нет в каталоге, или его учётная запись там отключена
asset-standing-hint-moved = В каталоге сотрудник числится в другой организации
asset-standing-hint-unclear = С таким номером, адресом или именем в каталоге нет никого или есть несколько человек
carrier-id = Идентификатор в каталоге
carrier-standing-known = известен
carrier-standing-moved = переведён
carrier-standing-disabled = отключён
carrier-standing-left = выбыл
carrier-standing-several = таких имён несколько
carrier-standing-unknown = нет в каталоге
carrier-becomes = теперь { $name }
carriers = Сотрудники
carriers-lead = Сверка тех, у кого телефоны, с каталогом: имена обновляются, а телефоны выбывших и отключённых пора вернуть. Из каталога хранятся только идентификатор и имя того, у кого телефон, и его состояние там.
carriers-not-compared = Реестр не сверяется с каталогом. С каким сверять, задаётся в конфигурации сервера:
carriers-every = Сверяется
carriers-every-hours = каждые { $n } ч
carriers-when-asked = только по запросу
carriers-last = Последний раз
carriers-outcome = Чем закончилось
carriers-outcome-done = выполнено
carriers-outcome-stopped = остановлено: слишком многие выбыли бы или сменили имя
carriers-outcome-failed = не удалось
carriers-done = Выполнено последний раз
carriers-plan = Посмотреть, что изменится
carriers-import = Сверить сейчас
carriers-accept = Всё верно: столько людей действительно выбыло или сменило имя
carriers-would = Что изменилось бы
carriers-did = Что изменилось
carriers-too-many = Больше четверти известных каталогу людей выбыли бы или сменили имя. Посмотрите список: полон ли каталог, верна ли конфигурация?
carriers-nothing = Ничего, что требовало бы внимания.
carriers-figure-people = человек в каталоге
carriers-figure-skipped = записей пропущено
carriers-figure-phones = телефонов сверено
carriers-figure-changed = изменено
carriers-figure-linked = опознано впервые
carriers-figure-renamed = сменили имя
carriers-figure-gone = выбыли
asset-life-ordered = заказан
asset-life-spare = на складе
asset-life-handed-out = выдан
asset-life-in-use = используется
asset-life-in-repair = в ремонте
asset-life-lost = утерян
asset-life-retired = списан
asset-platform-android = Android
asset-platform-aurora = ОС Аврора
asset-platform-ios = iOS
asset-platform-other = другая
asset-budget-person = сотрудник
asset-budget-administration = организация
asset-part-life = состояние
asset-part-carrier = сотрудник
asset-part-org = организация
asset-part-device = устройство
register-empty = Реестр пуст. Загрузите таблицу имеющихся телефонов или внесите один:
or = или
no-asset-found = Таких телефонов в реестре нет.
all-registered = Все действующие устройства есть в реестре.
asset-id = Номер записи в реестре
judged-by-maker = агент невозможен: оценивается только по производителю
written-down = Записано
serial-number = Серийный номер
replace-by = Заменить до
successor = Заменён на
budget = За чей счёт
cost = Стоимость
note = Примечание
no-device-linked = устройство не привязано
new-phone = Новый телефон
write-it-down = Записать
currency = Валюта
successor-id = Заменён на (id в реестре)
life-as-usual = выдан, если указан владелец, иначе на складе
link = Связать
unlink = Отвязать
device-name = Id, инвентарный или серийный номер устройства
forget-carriers = Забыть, кто его носил
forget-carriers-hint = Имена всех, кто носит или носил этот телефон, будут удалены; останется лишь, когда он переходил из рук в руки. Вернуть это нельзя.
device-does-not-count = больше не учитывается
handout = Лист выдачи
handout-title = Ваш рабочий телефон
handout-enrol = Подключение
handout-how = Откройте на телефоне «Проверка рабочего телефона» и отсканируйте этот код или введите ссылку. Ссылка рассчитана на один телефон: первый, который ею воспользуется.
handout-tag = Инвентарный номер, по которому телефон находится в реестре; введите его, если он будет спрошен:
handout-link-hint = На листе можно напечатать ссылку, по которой к организации подключится один телефон. Она действует один раз, 14 дней. Какой телефон реестра подключился, покажет инвентарный номер.
handout-no-agent = Для этого телефона нашей программы нет. На нём ничего не читается; производитель и модель известны из реестра.
handout-retired = Этот телефон списан. Ссылка для него не создаётся: сначала верните его на склад.
handout-linked = К этому телефону реестра уже привязано устройство. Ссылка не создаётся: сначала отвяжите его.
handout-read = Что читается
handout-read-what = Производитель, модель, система и обновления безопасности; зашифрована ли память и включена ли блокировка экрана (но не код); настройки разработчика и признаки изменения системы; установлены ли приложения из опубликованного списка.
handout-never = Что никогда не читается
handout-never-what = Сообщения, почта, файлы, фотографии, контакты, звонки, местоположение, история браузера, то, что вы набираете, и любые другие приложения.
handout-who = Кто это видит
handout-who-what = Администраторы этого сервера. Каждая запрошенная проверка видна на телефоне: кто запросил и зачем. Телефон показывает правила, сроки и последний отчёт целиком.
handout-received = Получил:
handout-date = Дата:

## журнал
audit = Журнал
audit-lead = Каждое действие и его автор. Запись содержит дайджест предыдущей, поэтому изменить или изъять её незаметно нельзя.
no-audit = Здесь нет записей.
who = Кто
what = Что
from-where = Откуда
every-action = Все действия
on-what-exactly = Над чем, например org:minfin
on-what = Над чем
details = Подробности
older = Раньше

audit-org-add = добавление организации
audit-org-calendar = задаёт календарь рабочих дней
audit-org-calendar-remove = убирает календарь рабочих дней
audit-device-away = отмечает отсутствие того, у кого устройство
audit-device-back = завершает отметку об отсутствии
audit-org-edit = изменение организации
audit-person-add = добавление человека
audit-person-disable = закрытие доступа
audit-person-edit = изменение сведений о человеке
audit-person-enable = возобновление доступа
audit-person-generator = новая настройка одноразовых кодов
audit-person-lock = задержка входа после неверных паролей
audit-person-password = установка пароля
audit-page-open = открыта страница телефона
audit-person-recovery-codes = новые запасные коды
audit-person-remove = удаление человека
audit-person-set-up-link = создание ссылки для выбора пароля
audit-policy-apply = ввод политики
audit-policy-rollback = возврат к прежней политике
audit-exemption-add = предоставление исключения
audit-exemption-edit = изменение исключения
audit-group-add = создание группы устройств
audit-group-edit = изменение группы устройств
audit-group-remove = удаление группы устройств
audit-hook-add = добавление вебхука
audit-hook-edit = изменение вебхука
audit-hook-remove = удаление вебхука
audit-hook-replay = повторная отправка вебхука
audit-hook-rotate = новый секрет вебхука
audit-hook-test = проверка вебхука
audit-mail-add = добавление получателя писем
audit-mail-edit = изменение получателя писем
audit-mail-remove = удаление получателя писем
audit-mail-replay = повторная отправка писем
audit-mail-test = проверка почты
audit-order-request = запрос к устройству
audit-log-raise = включает подробный журнал сервера
audit-log-reset = возвращает обычный журнал сервера
audit-order-cancel = отмена запроса
audit-server-restore = восстановление сервера из резервной копии
audit-scan-request = запрос ко многим устройствам
audit-scan-cancel = отмена общего запроса
audit-schedule-add = назначение регулярной проверки
audit-schedule-edit = изменение регулярной проверки
audit-schedule-end = завершение регулярной проверки
audit-schedule-stop = остановка регулярной проверки: у автора больше нет прав
audit-token-make = создание токена
audit-api-token-make = создание токена API
audit-api-token-revoke = отзыв токена API
audit-token-revoke = отзыв токена
audit-device-enrol = подключение
audit-device-enrol-again = повторное подключение
audit-inventory-import = загружает перечень из системы управления
audit-inventory-forget = забывает сведения системы управления об устройстве
audit-asset-add = запись телефона в реестр
audit-asset-edit = изменение телефона в реестре
audit-asset-reassign = передача телефона другому
audit-asset-link = привязка телефона к устройству
audit-asset-unlink = отвязка телефона от устройства
audit-asset-forget = удаление имён тех, кто пользовался телефоном
audit-asset-remove = удаление телефона из реестра
audit-asset-import = загрузка таблицы телефонов
audit-carrier-import = сверка реестра с каталогом
audit-package-add = добавляет пакет агента
audit-package-ring = меняет круг пакета
audit-package-halt = останавливает пакет
audit-package-remove = удаляет пакет
audit-device-approve = одобрение телефона
audit-device-refuse = отказ телефону
audit-device-read = просмотр устройства
audit-device-replace = замена устройства
audit-device-acknowledge = разрывы цепочки приняты к сведению
audit-device-rekey = новый ключ
audit-device-end = исключение устройства
audit-device-erase = удаление сведений об устройстве
audit-device-export = выгрузка всех сведений об устройстве
audit-device-label = изменение меток устройства
audit-retention-keep = удаление сведений по истечении срока
audit-session-begin = вход
audit-session-end = выход
audit-sign-in-link-make = создание ссылки для входа
audit-sign-in-fail = неудачные попытки входа
audit-reports-import = загрузка отчётов
audit-server-start = запуск
audit-server-stop = остановка
audit-key-use = ввод ключа в действие

## вопросы перед действием
sure-take = Забрать эту роль?
sure-hint-take = С этого момента человек не сможет делать то, что она позволяет. Вернуть её сможет тот, у кого есть на это право.
sure-disable = Закрыть этому человеку доступ?
sure-hint-disable = Все сеансы закончатся сразу, и войти будет нельзя, пока доступ не вернут.
sure-remove-person = Удалить этого человека?
sure-hint-remove-person = Учётная запись, пароль и права исчезнут. Журнал сохранит сделанное им.
sure-rotate = Создать новый секрет для этого вебхука?
sure-hint-rotate = Пока получатель не знает нового секрета, он будет отвергать подписанное им.
sure-remove-calendar = Убрать свой календарь организации?
sure-hint-remove-calendar = Её телефоны сразу оцениваются заново: по календарю вышестоящей организации, а если его нет — по всему времени. Записанное в календаре пропадёт.
sure-remove-hook = Убрать этот вебхук?
sure-hint-remove-hook = Туда больше ничего не отправится, а ожидающее отправки пропадёт.
sure-remove-mail = Больше не писать этому получателю?
sure-hint-remove-mail = Письма, ожидающие отправки, пропадут.
sure-remove-group = Удалить эту группу?
sure-hint-remove-group = Запросы, в которых она названа, будут отклоняться. Пока её называет действующая регулярная проверка, удалить её нельзя.
sure-end-schedule = Завершить эту регулярную проверку?
sure-hint-end-schedule = Возобновить её будет нельзя; можно назначить новую. Прошлые проверки останутся.
sure-end-exemption = Завершить это исключение сейчас?
sure-hint-end-exemption = С этого момента правило снова действует для тех, кого оно исключало. Возобновить исключение нельзя, можно создать новое.
sure-refuse = Отклонить этот телефон?
sure-hint-refuse = Его придётся регистрировать заново, по новой ссылке.
sure-own = Это ваша собственная учётная запись: забранное у неё вы не сможете вернуть себе сами.
sure-yes = Да, выполнить

## неполадки
not-found = Здесь ничего нет
not-allowed = Это не разрешено
not-done = Это не выполнено
server-failed = Сервер не смог это выполнить
nothing-lost = Сохранённое не потеряно. Попробуйте снова; причина записана в журнале сервера.
problem-not-found = Того, что названо, здесь нет; возможно, оно удалено.
problem-no-such-address = Такого адреса в этой консоли нет.
problem-method = Этот адрес не принимает запросы такого рода.
problem-csrf = Форма пришла не со страницы этого сеанса. Откройте страницу заново и отправьте её снова; ничего не изменено.
problem-bad-query = Запрос не понят или называет то, чего нет.
problem-bad-sort = Порядок не понят.
problem-other-list = Эта страница — из списка с другим запросом или порядком; начните с первой.
problem-malformed = В запросе есть то, что нельзя понять. Ничего не изменено.
problem-too-long = Запрос слишком длинный. Ничего не изменено.
problem-too-slow = Запрос не пришёл вовремя. Ничего не изменено.
problem-store-full = Диск сервера заполнен. Отчёты ждут на телефонах, пока не освободится место.
problem-store-busy = Сервер занят. Ничего не изменено.
problem-store-failed = Хранилище сервера ответило не так, как должно.
problem-key-failed = Сервер не смог воспользоваться своим ключом.
problem-order-reason = Запросу нужна причина в одну строку, не длиннее 256 байт.
problem-order-ended = Запрос уже завершён; отменять нечего.
problem-other-version = Тем временем это изменил кто-то другой. Откройте страницу заново; ничего не изменено.
problem-bad-hook = Оповещение задано неверно.
problem-hook-address = По этому адресу сервер не отправляет.
problem-bad-mail = Получатель задан неверно.
problem-no-mail = Почтовый сервер не настроен.
problem-bad-id = Id состоит из 1–48 знаков a-z, 0-9 и -.
problem-bad-label = Метка выглядит как role=minister: строчные латинские буквы, цифры, точки, дефисы и подчёркивания; у устройства не больше 16 меток.
problem-bad-columns = Столбцы заданы неверно.
problem-group-exists = Группа с таким именем уже есть.
problem-group-in-use = Эту группу называют действующие регулярные проверки. Сначала завершите их или измените их запрос.
problem-group-limit = Групп слишком много; сначала удалите лишнюю.
problem-too-many-devices = За один раз изменяется не более 10 000 устройств.
problem-bad-title = Название — одна строка от 1 до 200 байт.
problem-bad-time-zone = Это не часовой пояс, как, например, Europe/Moscow.
problem-org-exists = Организация с таким id уже есть.
problem-away-already = Отметка об отсутствии уже действует. Сначала завершите её.
problem-not-away = Отметки об отсутствии нет.
problem-away-malformed = Отметка начинается сейчас или позже, заканчивается не позднее чем через 366 дней после начала и имеет причину в одну строку не длиннее 500 байт.
problem-bad-calendar = Календарь составлен неверно: от 1 до 7 рабочих дней, рабочее время не короче часа в пределах дня и не больше 400 строк в каждом списке дней.
problem-org-cycle = Организация не может входить в саму себя.
problem-no-directory = Реестр не сверяется с каталогом.
problem-carriers-gone = Слишком многие из известных каталогу людей выбыли бы или сменили имя; ничего не изменено.
problem-directory-failed = Каталог отдал не всех; ничего не изменено.
problem-asset-malformed = Сведения о телефоне заданы неверно.
problem-asset-exists = Этот номер уже есть у другого телефона реестра.
problem-asset-link = Так связать телефон и устройство нельзя.
problem-asset-life = Такой переход состояния телефона невозможен.
problem-scan-ended = Проверка уже завершена; отменять нечего.
problem-scan-running = Проверка ещё идёт: кто-то может ответить. Дождитесь конца или отмените её.
problem-scan-nobody = Спросить некого: ни одного учитываемого устройства.
problem-scan-too-many = Проверка охватывает не более 200 000 устройств.
problem-scan-whom = Укажите либо телефоны, либо запрос; и то и другое сразу или ничего не подходит.
problem-bad-schedule = Время задано неверно: нужно время суток, а для недели и месяца — ещё и день.
problem-schedule-over = Эта регулярная проверка завершена; назначьте новую.
problem-schedule-limit = Регулярных проверок слишком много; сначала завершите лишнюю.
problem-device-inactive = Устройство больше не учитывается; запросить его нельзя.
problem-no-breaks = Разрывов цепочки, ждущих человека, нет.
problem-acknowledge-reason = Нужна причина в одну строку, не длиннее 500 байт.
problem-not-pending = По этому телефону уже принято решение.
problem-bad-name = Имя: от 1 до 100 байт, без двоеточий.
problem-bad-password = Этот пароль не годится: нужно не меньше 12 символов, не имя учётной записи и не один из самых частых паролей.
problem-wrong-password = Пароль неверен, либо неверных было слишком много: после пяти вход задерживается.
problem-wrong-code = Одноразовый код неверен. Введите тот, который приложение показывает сейчас; проверьте часы телефона.
problem-link-used = Ссылка уже использована или истекла. Попросите новую.
problem-sign-in-busy = Сейчас входит слишком много людей. Попробуйте чуть позже.
problem-unknown-person = Человека с таким именем здесь не знают.
problem-person-exists = Человек с таким именем уже есть.
problem-person-disabled = Доступ этого человека закрыт.
problem-person-malformed = Должность: не больше 200 байт; адрес почты: ИМЯ@УЗЕЛ.
problem-last-owner = Больше никто не владеет всем сервером: сначала назначьте другого владельца.
problem-token-uses = Ссылка создаётся на 1–100 000 телефонов.
problem-token-expiry = Ссылка действует не дольше года.
problem-not-signed-in = Вход не выполнен. Войдите и откройте страницу заново.
problem-bad-token = Такой токен здесь неизвестен или истёк.
problem-session-ended = Ваш сеанс закончился. Войдите снова.
problem-forbidden = Ваши роли этого не позволяют. Обратитесь к владельцу сервера.
problem-not-enrolled = Этот телефон есть в реестре, но устройство с ним не связано: он ещё не зарегистрирован или устройство не привязано.
problem-no-package = Такого пакета агента здесь нет.
problem-no-ca = Центр сертификации показываемого людям сертификата здесь неизвестен.
problem-report-gone = Срок хранения текста этого отчёта прошёл, он удалён; остались его хеш и времена.
problem-repeat-running = Первый запрос с этим ключом ещё не получил ответа. Попробуйте чуть позже.
problem-name-taken = Токен с таким именем уже действует. Возьмите другое имя.
problem-local-admin = Токен локального администратора принадлежит каталогу данных и заменяется там.
problem-device-counts = Устройство ещё учитывается или ожидает решения. Сначала завершите его учёт.
problem-device-erased = Сведения об устройстве уже удалены.
problem-not-replaceable = Это устройство нельзя заменить: оно должно учитываться и принадлежать той же организации.
problem-policy-unreadable = Эта версия программы не может прочитать действующую политику. Примените политику целиком, убрав то, чего в тексте нет.
problem-package-busy = Сейчас добавляется другой пакет. Попробуйте, когда он будет добавлен.
problem-package-known = Этот пакет здесь уже есть.
problem-package-older = Пакет не новее того, что здесь уже есть.
problem-package-in-use = Этот пакет работает на устройствах; удалить его можно, когда таких не останется.
problem-package-offered = Пакет предлагается телефонам. Сначала остановите его раздачу.
problem-other-signer = Пакет подписан другим ключом, не тем, что прежние.
problem-several-devices = Так называется несколько устройств. Укажите нужное по идентификатору.
problem-inventory-devices = Пока файл читался, устройства изменились; ничего не загружено. Попробуйте снова.
problem-asset-had-device = С телефоном связано или было связано устройство: спишите его, чтобы сохранилась его история.
problem-exemption-over = Исключение уже закончилось. Создайте новое.
problem-mail-limit = Слишком много получателей. Уберите ненужного.
problem-hook-limit = Слишком много вебхуков. Уберите ненужный.
problem-too-many-levels = Журнал уже ведётся подробнее слишком о многом. Подождите или отмените всё.
problem-content-encoding = Сжатые данные не принимаются.
problem-not-json = Запрос должен быть в формате JSON с соответствующим заголовком.
problem-repeat-differs = Этот ключ раньше пришёл с другим запросом.
problem-bad-grants = Роли указаны неверно: от 1 до 50, каждая с организацией или на весь сервер.
problem-unknown-org = Такой организации нет. Сначала добавьте её или проверьте, как пишется её идентификатор.
problem-policy-malformed = Текст не является политикой. Ниже сказано, где и почему.
problem-exemption-ended = Срок исключения уже прошёл. Укажите более поздний.
problem-exemption-malformed = Исключению нужны правило, причина в одну строку не длиннее 500 байт и либо устройство, либо организация.
problem-order-expiry = Запрос живёт от одной секунды до тридцати дней, а проверка дольше, чем она растянута.
problem-scan-kind = У многих устройств можно запросить отчёт или обновление политики, и ничего больше.
problem-scan-spread = Проверка растягивается не больше чем на 24 часа.
problem-rollback-reason = Для возврата нужна причина в одну строку, не длиннее 500 байт.
problem-end-reason = Для завершения учёта устройства нужна причина в одну строку, не длиннее 500 байт.
problem-token-replaces = Ссылка на замену устройства рассчитана на один телефон.
problem-bad-level = Такого уровня журнала нет.
problem-bad-scope = Укажите, о чём вести журнал подробнее: запрос, устройство или адрес.
problem-bad-span = Подробный журнал ведётся не больше 24 часов.
problem-not-a-sequence = Файл не является последовательностью подписанных отчётов.
problem-inventory-layout = Описание столбцов перечня составлено неверно.
problem-inventory-encoding = Кодировка файла другая. Файлы из русской Windows часто в windows-1251.
problem-inventory-columns = В файле нет таких столбцов; проверьте и разделитель.
problem-inventory-rows = В строке файла ошибка; ничего не загружено.
problem-register-columns = Первая строка таблицы не называет столбцы.
problem-register-rows = В строке таблицы ошибка; ничего не загружено.
problem-broke-off = Передача пакета прервалась. Отправьте его снова.
problem-package-malformed = Файл не является пакетом, который можно прочитать.
problem-package-unsigned = На подпись пакета нельзя положиться.
problem-package-signers = Пакет подписан не одним ключом.
problem-other-package = Это пакет другой программы.
problem-package-version = Версия пакета указана неверно.
problem-package-architecture = Пакет для другой архитектуры.
problem-no-rings = Для пакетов ОС Аврора круги раздачи не задаются.
problem-too-many-attempts = С этого адреса было слишком много неудачных попыток. Подождите.
problem-no-visitor = Страница вне консоли: это ошибка программы, сообщите нам.
problem-bug = Сервер ошибся. Сообщите нам об этом, приложив его журнал.
problem-busy = Сервер занят другими пакетами. Попробуйте чуть позже.

# The page about the API
api-lead = Все операции этого сервера: их можно прочитать и попробовать. Отправленное отсюда выполняется от вашего имени.
api-send = Отправить
api-body = тело

## mails
mail-of-all = все организации
mail-nothing = нет
mail-more = … и ещё { $n }
mail-foot = Письмо отправлено сервером Muster: { $server }. Кому он пишет, решают его администраторы.
mail-digest-subject = Служебные телефоны, { $day }: новых нарушений { $failing }, устранено { $fixed }
mail-digest-lead = Что изменилось после предыдущей сводки: { $place }.
mail-failing = Новые нарушения
mail-watched = Новые нарушения, которые пока не определяют вердикт (наблюдение или предупреждение)
mail-fixed = Устранено
mail-due = Отсрочка заканчивается в ближайшие семь дней
mail-silent = Не на связи
mail-counts = Телефоны по организациям
mail-line-rule = { $device } ({ $org }): { $rule }, { $at }
mail-line-state = { $device } ({ $org }): { $rule }: { $state }, { $at }
mail-line-until = { $device } ({ $org }): до { $at }
mail-line-since = { $device } ({ $org }): последняя связь { $at }
mail-count = { $org }: нарушений { $failing }, с отсрочкой { $grace }, неизвестно { $unknown }, соответствует { $compliant }, прочих { $other }
mail-prompt-subject = { $n ->
    [one] Служебные телефоны: { $n } изменение
    [few] Служебные телефоны: { $n } изменения
   *[other] Служебные телефоны: { $n } изменений
}
mail-prompt-lead = Только что изменилось следующее.
mail-changes = Изменения
mail-test-subject = Проверка почты
mail-test-lead = Администратор проверил, доходят ли до вас письма Muster. Доходят.

# Policies and exemptions
nav-policies = Политики
policies = Политики
policy = Политика
policy-new = Новая политика
policy-edit = Изменить
policy-version = Версия
policy-assigned = Назначена
policy-rules = Правил
policy-applied = Применена
policy-of-others-too = Она назначена и другим организациям: её текст вам недоступен.
policy-unreadable-here = Эта версия программы не может её прочитать. То, во что она была собрана, остаётся в силе.
policy-kept = Остаётся в силе, хотя в тексте этого нет:
policy-kept-hint = Чтобы убрать это, составьте план с отметкой «Убрать то, чего в тексте нет». Чтобы оставить насовсем, впишите в текст.
policy-kept-since = как в версии { $n }
policy-text = Текст
policy-versions = Версии
policy-differs = Что различается
policy-back = Вернуть
policy-in-force = в силе
policy-compare = Сравнить
policy-go-back-to = Вернуться к версии { $n }?
policy-go-back = Вернуться к ней
policy-went-back = Как была версия { $n }:
policy-same-text = Тексты одинаковы.
policy-editor = Редактор политики
policy-editor-lead = Сначала план: он покажет, что изменится и для скольких телефонов. Применяется только то, для чего составлен план, и только если политику тем временем никто не изменил.
policy-prune = Убрать то, чего в тексте нет
policy-plan = План
policy-apply = Применить
policy-try = Проверить на одном устройстве
policy-try-hint = Вся политика или одно правило на последнем отчёте устройства. Ничего не меняется.
policy-device = Идентификатор, метка или инвентарный номер устройства
policy-try-it = Проверить
policy-would-change = Что изменится
policy-no-change = Ничего не изменится.
policy-devices-turn = { $n ->
    [0] Ни у одного устройства вердикт не изменится
    [one] Вердикт изменится у { $n } устройства
   *[other] Вердикт изменится у { $n } устройств
 }
policy-first-devices = { $n ->
    [one] Первое { $n } устройство
    [few] Первые { $n } устройства
   *[other] Первые { $n } устройств
 }
policy-not-planned = Для этого текста плана ещё не было: ничего не применено. Ниже показано, что он изменит; посмотрите и примените.
policy-version-moved = Сейчас в силе другая версия, не та, что была при открытии текста. План ниже составлен относительно неё: проверьте, не отменяет ли он чужие изменения.
policy-text-is-here = Ничего не применено. Текст ниже такой, как вы его написали.
policy-other-session = Сейчас у вас другой сеанс, не тот, что у этой страницы. Ничего не сделано, текст ниже такой, как вы его написали: нажмите кнопку ещё раз.
policy-signed-out = Вы больше не вошли. Ничего не сделано, текст ниже такой, как вы его написали. Войдите (в другой вкладке), вернитесь сюда и нажмите кнопку ещё раз.
policy-device-needed = Укажите устройство: идентификатор, метку или инвентарный номер.
policy-observed = Нарушено, но вердикт пока не определяет
policy-observed-devices = { $n ->
    [one] нарушает { $n } устройство
    [few] нарушают { $n } устройства
   *[other] нарушают { $n } устройств
 }
policy-observed-from = начнёт определять вердикты
policy-would-find = Что будет найдено на
no-policy = Ни одной политики нет.
exemptions = Исключения
exemptions-lead = Письменные исключения из правила для устройства или организации. Первыми стоят те, что кончаются в ближайшие 30 дней.
no-exemption = Исключений нет.
exemption-for = Для кого
exemption-end = Завершение
exemption-end-now = Завершить сейчас
exemption-new = Новое исключение
exemption-or-device = или идентификатор, метка или инвентарный номер устройства
exemption-until = До конца этого дня
exemption-add = Добавить
exemption-standing-ending = скоро закончится
exemption-standing-in-force = действует
exemption-standing-over = закончилось
mine-title = Мой рабочий телефон
mine-open = Открыть страницу
mine-open-lead = Эта страница показывает, что организация знает об этом телефоне, что нужно сделать и кто что запрашивал.
mine-open-hint = Ссылка действует один раз. Страница закроется сама через 15 минут.
mine-pending = Этот телефон ждёт, пока администратор его допустит. После этого страница откроется.
mine-elsewhere = Эта ссылка — для другого адреса. Откройте её ещё раз в приложении на телефоне.
mine-exempt = Для этого телефона действует исключение; оно закончится
mine-bad-link = По этой ссылке страница не открывается: она уже использована, старше пяти минут или относится к телефону, который больше не на учёте.
mine-again = Откройте страницу ещё раз из приложения Muster на телефоне.
mine-ended = Страница закрылась сама.
mine-left = Страница закрыта
mine-leave = Закрыть страницу
mine-back = Назад на страницу
mine-away = Отмечено ваше отсутствие: с { $from } до { $until }. В это время молчание этого телефона не считается.
mine-contact = К кому обратиться
mine-to-do = Что нужно сделать
mine-nothing-to-do = Ничего: телефон выполняет все правила, которые удалось проверить.
mine-other-rules = Остальные правила
mine-deadlines = Ближайшие сроки
mine-check = Проверить снова
mine-check-lead = Когда что-то исправите, попросите телефон проверить ещё раз. Не чаще раза в пять минут.
mine-check-now = Проверить сейчас
mine-checked = Вы запросили проверку
mine-who-asked = Кто запрашивал проверку
mine-nobody-asked = Пока никто не запрашивал.
mine-you = Вы
mine-reported = Что сообщено в последний раз
mine-disputes = Это неверно
mine-dispute = Сообщить об ошибке
mine-dispute-lead = Сообщение прочитает служба поддержки и ответит здесь. Не пишите ничего секретного.
mine-dispute-text = Что неверно, не больше 1000 знаков
mine-dispute-send = Отправить
mine-kept = Что организация хранит об этом телефоне
mine-enrolled = Подключён
mine-privacy = Что читается и хранится
mine-privacy-lead = Телефон сообщает сведения о себе и подписывает их ключом, который его не покидает. На его странице последний отчёт показан целиком.
mine-never-read = Что никогда не читается
never-read-apps = приложения, которых нет в каталоге: в отчёте для них нет места
never-read-messages = сообщения, почта, файлы, фотографии
never-read-contacts = контакты и звонки
never-read-location = где находится телефон
never-read-browsing = что вы смотрите в интернете
never-read-input = что вы набираете, буфер обмена, код блокировки экрана
never-read-network = сети и устройства поблизости
mine-how-long = Как долго хранится
mine-keep-reports = Тексты отчётов
mine-keep-history = Что и когда менялось, кто запрашивал, что вы сообщили и что вам ответили
mine-keep-ended = Всё остальное после вывода телефона из учёта
mine-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
 }
mine-who-sees = Кто это видит
mine-who-sees-text = Те, кто отвечает за телефоны вашей организации: администраторы, аудиторы, служба поддержки. Каждое их действие записывается.
mine-rights = О чём можно попросить
mine-rights-text = Ответственные за телефоны могут выдать вам файлом всё, что хранится об этом телефоне, и удалить это, когда телефон покинет организацию.
disputes = Обращения
disputes-lead = Что неверно по мнению тех, кто носит телефоны. Ответ показывается на странице самого телефона.
no-dispute = Никто не сообщал об ошибках.
dispute-answer = Ответ
dispute-answer-hint = Его прочитает тот, кто носит телефон.
dispute-close = и закрыть
dispute-send = Ответить
dispute-all = Все
dispute-state = Состояние
dispute-state-open = ждёт ответа
dispute-state-answered = дан ответ
dispute-state-closed = закрыто
audit-dispute-answer = ответ на обращение
audit-dispute-open = обращение с телефона
problem-dispute-open = Вы уже сообщили об этом правиле. Ответ появится на странице.
problem-dispute-limit = Слишком много ваших сообщений ждут ответа: не больше пяти.
problem-dispute-closed = Обращение закрыто, ответить больше нельзя.
problem-dispute-malformed = Напишите от 1 до 1000 знаков.
problem-asked-lately = Проверку уже запрашивали в последние пять минут. Подождите немного.
