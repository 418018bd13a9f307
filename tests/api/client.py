"""A day's work of an administrator, with nothing but the generated client."""

import io
import ssl
import uuid
from datetime import datetime, timedelta, timezone


def work(world):
    from muster_client import AuthenticatedClient
    from muster_client.api.audit import list_audit
    from muster_client.api.devices import give_order, list_devices, show_device, show_report
    from muster_client.api.exemptions import add_exemption, edit_exemption, show_exemption
    from muster_client.api.me import who_am_i
    from muster_client.api.orders import cancel_order, show_order
    from muster_client.api.orgs import add_org, edit_org, list_orgs, show_org
    from muster_client.api.policies import apply_policy, plan_policy, show_policy
    from muster_client.api.tokens import list_tokens, make_token, revoke_token
    from muster_client.models import ExemptionChange, NewExemption, NewOrder, NewOrg, NewToken, OrderKind, OrgChange
    from muster_client.types import File

    trust = ssl.create_default_context(cafile=str(world.ca))
    client = AuthenticatedClient(world.url, token=world.token, verify_ssl=trust, raise_on_unexpected_status=True)

    def done(call, *args, status=200, **kwargs):
        answer = call.sync_detailed(*args, client=client, **kwargs)
        assert answer.status_code == status, (call.__name__, answer.status_code, answer.content)
        return answer

    assert done(who_am_i).parsed.actor == "local-admin"

    # an organisation, made twice by one key, and changed from the version that was read
    key, new = f"org-{uuid.uuid4()}", NewOrg(id="office", title="An office", parent="ministry")
    made = [done(add_org, body=new, idempotency_key=key, status=201) for _ in range(2)]
    assert made[0].parsed == made[1].parsed and made[1].headers["idempotency-replayed"] == "true"
    problem = done(add_org, body=new, status=409).parsed
    assert problem.code == "org-exists", problem
    assert done(add_org, body=NewOrg(id="other", title="x"), idempotency_key=key, status=422).parsed.code == "repeat-differs"
    version = done(show_org, "office").headers["etag"]
    done(show_org, "office", if_none_match=version, status=304)
    assert done(edit_org, "office", body=OrgChange(title="The office"), if_match=version).parsed.title == "The office"
    assert done(edit_org, "office", body=OrgChange(title="No"), if_match=version, status=412).parsed.code == "other-version"
    assert "The office" in [org.title for org in done(list_orgs).parsed.orgs]

    # a token whose secret is told again to whoever has the key
    key = f"token-{uuid.uuid4()}"
    tokens = [done(make_token, body=NewToken(org="office"), idempotency_key=key, status=201).parsed for _ in range(2)]
    assert tokens[0].token == tokens[1].token
    listed = done(list_tokens, org="office").parsed.tokens
    assert [one.id for one in listed] == [tokens[0].id]
    done(revoke_token, tokens[0].id)
    assert not done(list_tokens, org="office").parsed.tokens

    # a device, its report, an order that is called back
    device = done(list_devices, org="ministry").parsed.devices[0].id
    assert done(show_device, device).parsed.facts is not None
    assert len(done(show_report, device).content) > 200
    order = done(give_order, device, body=NewOrder(kind=OrderKind.SCAN, reason="a test"), status=201).parsed
    ended = cancel_order.sync_detailed(order.order, client=client)
    assert ended.status_code in (200, 409), ended.content
    assert done(show_order, order.order).parsed.state in ("cancelled", "reported")

    # a policy, planned and applied; an exemption from it that is ended
    text = done(show_policy, "phones").content.decode().replace("grace: 72h", "grace: 48h")
    document = lambda: File(payload=io.BytesIO(text.encode()), mime_type="text/yaml")
    assert [change.what for change in done(plan_policy, body=document()).parsed.changes] == ["rules.messengers.grace"]
    assert done(apply_policy, body=document()).parsed.version == 2
    until = datetime.now(timezone.utc) + timedelta(days=30)
    new = NewExemption(rule="messengers", until=until, reason="a test", device=device)
    exemption = done(add_exemption, body=new, status=201).parsed
    past = datetime.now(timezone.utc) - timedelta(days=1)
    ended = done(edit_exemption, exemption.id, body=ExemptionChange(until=past)).parsed
    assert ended.until < until and done(show_exemption, exemption.id).parsed.until == ended.until

    entries = [entry.action for entry in done(list_audit, limit=1000).parsed.entries]
    for action in ("org.add", "org.edit", "token.make", "token.revoke", "order.request", "policy.apply", "exemption.edit"):
        assert action in entries, (action, entries)
    made = [entry for entry in done(list_audit, limit=1000).parsed.entries if (entry.action, entry.subject) == ("token.make", "org:office")]
    assert len(made) == 1, [entry.to_dict() for entry in made]
