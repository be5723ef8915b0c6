"""Enumerated values of companies (K-02 to K-04)."""

from __future__ import annotations

from core.customers.dictionaries.entries import entries
from core.i18n import _
from core.plugin import Dictionary

DICTIONARIES = [
    Dictionary(
        name="ownership",
        title=_("Ownership"),
        entries=entries(
            ("foreign", _("Foreign-funded")),
            ("joint", _("Joint venture")),
            ("state", _("State-owned")),
            ("collective", _("Collective")),
            ("private", _("Privately owned")),
            ("individual", _("Sole trader")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="company_type",
        title=_("Company type"),
        entries=entries(
            ("production", _("Producer")),
            ("trade", _("Trader")),
            ("service", _("Service provider")),
            ("other", _("Other")),
        ),
    ),
    Dictionary(
        name="sales_channel",
        title=_("Sales channels"),
        entries=entries(
            ("city", _("Within the city")),
            ("county", _("Counties")),
            ("terminal", _("Retail points")),
            ("mall", _("Malls and supermarkets")),
            ("catering", _("Catering")),
            ("nightclub", _("Night clubs")),
            ("group", _("Group buyers")),
        ),
    ),
    Dictionary(
        name="scale",
        title=_("Company size"),
        entries=entries(
            ("large", _("Large")),
            ("medium", _("Medium-sized")),
            ("small", _("Small")),
        ),
    ),
    Dictionary(
        name="standing",
        fixed=("prospect", "key", "partner", "competitor", "blacklist"),
        title=_("Rating"),
        entries=entries(
            ("prospect", _("Prospect")),
            ("target", _("Target")),
            ("customer", _("Customer")),
            ("regular", _("Regular customer")),
            ("key", _("Key account")),
            ("lost", _("Lost")),
            ("partner", _("Partner")),
            ("competitor", _("Competitor")),
            ("blacklist", _("Blacklist")),
        ),
    ),
    Dictionary(
        name="company_role",
        title=_("Roles"),
        entries=entries(
            ("partner", _("Partner")),
            ("competitor", _("Competitor")),
            ("supplier", _("Supplier")),
            ("agency", _("Agency")),
            ("association", _("Association")),
            ("media", _("Media")),
        ),
    ),
    Dictionary(
        name="need",
        title=_("Needs"),
        extensible=False,
        entries=entries(
            ("information", _("Information service")),
            ("advertising", _("Media advertising")),
            ("fair", _("Sugar and wine fair")),
            ("magazine", _("Semi-monthly")),
        ),
    ),
    Dictionary(
        name="capital_band",
        title=_("Registered capital"),
        entries=entries(
            ("c10", _("100,000 to 500,000 yuan")),
            ("c50", _("500,000 to 1 million yuan")),
            ("c100", _("1 to 5 million yuan")),
            ("c500", _("5 to 10 million yuan")),
            ("c1000", _("More than 10 million yuan")),
        ),
    ),
    Dictionary(
        name="headcount_band",
        title=_("Headcount"),
        entries=entries(
            ("h1", _("Fewer than 50 people")),
            ("h50", _("50 to 100 people")),
            ("h100", _("100 to 500 people")),
            ("h500", _("500 to 1,000 people")),
            ("h1000", _("More than 1,000 people")),
        ),
    ),
    Dictionary(
        name="target_region",
        title=_("Target regions"),
        entries=entries(
            ("northwest", _("Northwest China")),
            ("southwest", _("Southwest China")),
            ("northeast", _("Northeast China")),
            ("north", _("North China")),
            ("east", _("East China")),
            ("central", _("Central China")),
            ("south", _("South China")),
            ("greater_china", _("Greater China")),
            ("southeast_asia", _("Southeast Asia")),
            ("latin_america", _("Latin America")),
            ("europe", _("Europe")),
            ("oceania", _("Oceania")),
            ("africa", _("Africa")),
            ("global", _("Worldwide")),
        ),
    ),
    Dictionary(
        name="industry_position",
        title=_("Place in the industry"),
        entries=entries(
            ("leader", _("Leader")),
            ("follower", _("Follower")),
            ("newcomer", _("Newcomer")),
        ),
    ),
    Dictionary(
        name="credit_rating",
        title=_("Credit rating"),
        entries=entries(
            ("aaa", _("AAA")),
            ("aa", _("AA")),
            ("a", _("A")),
            ("b", _("B")),
            ("c", _("C")),
            ("d", _("D")),
        ),
    ),
    Dictionary(
        name="branch_kind",
        title=_("Kind of branch"),
        entries=entries(
            ("subsidiary", _("Subsidiary")),
            ("branch", _("Branch")),
            ("office", _("Representative office")),
            ("plant", _("Plant")),
            ("store", _("Store")),
        ),
    ),
    Dictionary(
        name="alias_kind",
        title=_("Kind of name"),
        entries=entries(
            ("short", _("Short name")),
            ("former", _("Former name")),
            ("alias", _("Other name")),
            ("english", _("English name")),
        ),
    ),
    Dictionary(
        name="relation_kind",
        title=_("Relation"),
        entries=entries(
            ("supplier", _("Supplier")),
            ("agent", _("Sales agent")),
            ("customer", _("Customer")),
            ("partner", _("Partner")),
            ("competitor", _("Competitor")),
            ("affiliate", _("Affiliate")),
            ("member", _("Association member")),
        ),
    ),
    Dictionary(
        name="source",
        fixed=("import",),
        title=_("Information source"),
        entries=entries(
            ("phone", _("Phone call")),
            ("fair", _("Card from the fair")),
            ("visit", _("Visit")),
            ("referral", _("Referral")),
            ("website", _("Found on the web")),
            ("media", _("Other media")),
            ("purchased", _("Purchased list")),
            ("import", _("Import")),
            ("other", _("Other")),
        ),
    ),
]
