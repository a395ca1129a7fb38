"""A second factor for Django: middleware, sign-in, setup, the admin's reset, commands, and a store in its database.

``INSTALLED_APPS`` takes ``mfakit.django``, and the setting ``MFAKIT`` says the rest; the guide is in the book.
"""
