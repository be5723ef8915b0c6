"""A small separate distribution that uses every hook."""

from setuptools import find_packages, setup

setup(
    name="zhike-demo",
    version="1.0",
    packages=find_packages(),
    package_data={"zhike_demo": ["templates/**/*", "migrations/*.py", "translations/**/*", "README.md"]},
    entry_points={"zhike.plugins": ["demo = zhike_demo.plugin"]},
)
